/** SQLite, in a file and in memory, keeps what every database promises. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
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

it('asks for its address at the first query, when settings are known', async () => {
  let url: string | undefined
  const db = createDatabase<ContractTables>({
    url() {
      if (url === undefined) throw new Error('asked before the start')
      return url
    },
  })
  await db.stop()
  url = 'sqlite::memory:'
  await db.start()
  assert.equal(db.dialect, 'sqlite')
  await db.stop()
})

it('makes the folder of its file, and says where it cannot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genever-sqlite-'))
  const db = createDatabase({ url: `sqlite:${join(folder, 'data', 'of', 'orders.db')}` })
  await db.start()
  await db.stop()
  writeFileSync(join(folder, 'file'), '')
  const refused = createDatabase({ url: `sqlite:${join(folder, 'file', 'orders.db')}` })
  await assert.rejects(refused.start(), { code: 'DATABASE_FOLDER', message: /file \((?:EEXIST|ENOTDIR)\)/ })
  await refused.stop()
  rmSync(folder, { recursive: true })
})
