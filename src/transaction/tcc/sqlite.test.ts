/** Try, confirm, cancel on SQLite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from '../../database/create-database.ts'
import { describeTcc } from './tcc.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-tcc-'))

describeTcc({
  name: 'SQLite',
  open: async () => createDatabase({ url: `sqlite:${join(folder, 'test.db')}` }),
  async close(db) {
    await db.stop()
    rmSync(folder, { recursive: true })
  },
})
