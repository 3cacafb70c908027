import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fuzzHttp1 } from './http1-fuzz.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32)
const iterations = Number(process.env.ITERATIONS ?? 1_500)

it(`spoiled HTTP/1.1 messages break nothing (SEED=${seed} ITERATIONS=${iterations})`, async () => {
  const { statuses, grownBytes } = await fuzzHttp1({ seed, iterations })
  assert.ok((statuses['200'] ?? 0) > iterations / 20, 'some inputs are good')
  assert.ok((statuses['400'] ?? 0) > iterations / 20, 'some inputs are bad')
  assert.ok(grownBytes < 16 * 2 ** 20, `memory grew by ${grownBytes} bytes`)
})
