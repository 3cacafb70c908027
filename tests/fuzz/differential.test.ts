import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { missingLibc } from '../../src/platform/libc/libc-skip.fixture.ts'
import { libcEngine } from '../../src/wire/engines/libc.ts'
import { readColumn } from '../conformance/engines/table.ts'
import { compareEngines } from './differential.ts'
import { documentedRows } from './documented-differences.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32)
const skip = await missingLibc()
const iterations = Number(process.env.ITERATIONS ?? 1_200)

it(`both engines see the same requests (SEED=${seed} ITERATIONS=${iterations})`, { timeout: 120_000 }, async () => {
  const { accepted, findings } = await compareEngines({ seed, iterations })
  assert.deepEqual(findings, [])
  assert.ok(accepted > iterations / 10, `${accepted} requests were good`)
})

it(`the libc engine sees what sockets sees (SEED=${seed} ITERATIONS=${iterations})`, {
  skip,
  timeout: 120_000,
}, async () => {
  const { accepted, findings } = await compareEngines({ seed, iterations, other: libcEngine })
  assert.deepEqual(findings, [])
  assert.ok(accepted > iterations / 10, `${accepted} requests were good`)
})

it('what they see differently has a row in docs/reference/engines.md', () => {
  const page = readFileSync(new URL('../../docs/reference/engines.md', import.meta.url), 'utf8')
  const rows = readColumn(page, 'sockets')
  const without = documentedRows.filter((row) => !rows.has(row))
  assert.deepEqual(without, [])
})
