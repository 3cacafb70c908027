/** SQLite, in a file and in memory, keeps what every database promises. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from './create-database.ts'
import { type ContractTables, describeDialect } from './dialect.contract.ts'

const types = {
  bigint: 'bigint',
  decimal: 'decimal_text(18,4)',
  moment: 'timestamp',
  document: 'json',
  flag: 'boolean',
  bytes: 'blob',
}

const folders = new WeakMap<object, string>()

describeDialect({
  name: 'SQLite in a file',
  types,
  async open(parts) {
    const folder = mkdtempSync(join(tmpdir(), 'genever-sqlite-'))
    const db = createDatabase<ContractTables>({ ...parts, url: `sqlite:${join(folder, 'test.db')}` })
    folders.set(db, folder)
    return db
  },
  async close(db) {
    await db.stop()
    rmSync(folders.get(db) ?? '', { recursive: true })
  },
})

describeDialect({
  name: 'SQLite in memory',
  types,
  open: async (parts) => createDatabase({ ...parts, url: 'sqlite::memory:' }),
  close: (db) => db.stop(),
})
