/** Stores that need no server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from '../database/create-database.ts'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { describeScheduleStore } from './schedule-store.contract.ts'
import { databaseScheduleStore } from './stores/database.ts'
import { memoryScheduleStore } from './stores/memory.ts'

describeScheduleStore({
  name: 'memory',
  async open() {
    const clock = new ManualClock()
    const store = memoryScheduleStore({ clock, keptRuns: 5 })
    return { store, other: store, pass: (ms) => clock.advance(ms), close: () => undefined }
  },
})

describeScheduleStore({
  name: 'SQLite',
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'genever-schedule-'))
    const [one, two] = [0, 1].map(() => createDatabase({ url: `sqlite:${join(folder, 'test.db')}` }))
    if (one === undefined || two === undefined) throw new Error('there are two')
    return {
      store: databaseScheduleStore({ database: one, keptRuns: 5 }),
      other: databaseScheduleStore({ database: two, keptRuns: 5 }),
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      async close() {
        await Promise.all([one.stop(), two.stop()])
        rmSync(folder, { recursive: true })
      },
    }
  },
})
