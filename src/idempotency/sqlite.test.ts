/** Idempotency keys on SQLite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { describeIdempotency } from './idempotent.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-idempotency-'))
after(() => rmSync(folder, { recursive: true }))

describeIdempotency({ name: 'SQLite', url: () => `sqlite:${join(folder, 'test.db')}` })
