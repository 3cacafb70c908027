import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { History } from './history.ts'
import { type SagaTrouble, troubleOf } from './trouble.ts'

const nowMs = 1_000_000
const definitions = [{ name: 'checkout', version: 2 }]
const again = (kind: 'failed' | 'undo failed', attempt: number): History => [
  { kind: 'begun', step: 'pay', attempt, atMs: 0 },
  { kind, step: 'pay', attempt, isFinal: false, code: 'DOWN', reason: 'It is down.', atMs: 0 } as History[number],
  { kind: 'begun', step: 'pay', attempt: attempt + 1, atMs: 0 },
]

describe('the trouble of a saga', () => {
  const healthy = {
    name: 'checkout',
    version: 2,
    status: 'running' as const,
    history: [] as History,
    begun: new Date(nowMs - 100_000),
    leaseUntil: new Date(nowMs + 5_000),
    due: undefined as Date | undefined,
  }
  const rows: {
    change: Partial<Omit<typeof healthy, 'status'>> & { status?: 'done' }
    expected: SagaTrouble | undefined
    why: string
  }[] = [
    { change: {}, expected: undefined, why: 'a process has it' },
    { change: { version: 1 }, expected: 'unknown-definition', why: 'nobody was given that version' },
    { change: { status: 'done', version: 1 }, expected: undefined, why: 'it is over' },
    { change: { history: again('failed', 2) }, expected: undefined, why: 'a second failure happens' },
    { change: { history: again('failed', 3) }, expected: 'failing', why: 'a third one does not' },
    { change: { history: again('undo failed', 9) }, expected: 'failing', why: 'nor one of a compensation' },
    {
      change: { history: [...again('failed', 4), { kind: 'done', step: 'pay', atMs: 0 }] },
      expected: undefined,
      why: 'it has succeeded since',
    },
    {
      change: { leaseUntil: new Date(nowMs - 20_000) },
      expected: 'unattended',
      why: 'its owner is gone, and nobody came',
    },
    { change: { leaseUntil: new Date(nowMs - 1_000) }, expected: undefined, why: 'somebody may still come' },
    {
      change: { leaseUntil: new Date(nowMs - 60_000), due: new Date(nowMs + 10_000) },
      expected: undefined,
      why: 'it waits for its next attempt',
    },
  ]
  for (const { change, expected, why } of rows) {
    it(`is ${expected ?? 'none'}: ${why}`, () =>
      assert.equal(troubleOf({ ...healthy, ...change }, { definitions, nowMs }), expected))
  }
})
