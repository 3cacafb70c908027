/** Drizzle over SQLite, in memory and in a file. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { describeDrizzle } from './drizzle.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-drizzle-'))
after(() => rmSync(folder, { recursive: true }))

describeDrizzle({ name: 'SQLite in a file', url: () => `sqlite:${join(folder, 'test.db')}` })
describeDrizzle({ name: 'SQLite in memory', url: () => 'sqlite::memory:' })
