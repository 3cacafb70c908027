/** Two clients of one database, as two processes are, with a schedule store each. */
import { createDatabase } from '../../../src/database/create-database.ts'
import type { ScheduleStore } from '../../../src/schedule/schedule-store.ts'
import { databaseScheduleStore } from '../../../src/schedule/stores/database.ts'

export interface OpenStores {
  readonly store: ScheduleStore
  readonly other: ScheduleStore
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

export async function openDatabaseStores(url: string): Promise<OpenStores> {
  const one = createDatabase({ url })
  const two = createDatabase({ url })
  return {
    store: databaseScheduleStore({ database: one, keptRuns: 5 }),
    other: databaseScheduleStore({ database: two, keptRuns: 5 }),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: () => Promise.all([one.stop(), two.stop()]).then(() => undefined),
  }
}
