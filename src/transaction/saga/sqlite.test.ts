/** Sagas on SQLite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from '../../database/create-database.ts'
import { describeSagas } from './saga.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-saga-'))

describeSagas({
  name: 'SQLite',
  open: async () => createDatabase({ url: `sqlite:${join(folder, 'test.db')}` }),
  async close(db) {
    await db.stop()
    rmSync(folder, { recursive: true })
  },
})
