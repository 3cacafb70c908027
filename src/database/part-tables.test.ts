/** Tables of parts on SQLite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { describePartTables } from './part-tables.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-parts-'))
after(() => rmSync(folder, { recursive: true }))

describePartTables({ name: 'SQLite', url: () => `sqlite:${join(folder, 'test.db')}` })
