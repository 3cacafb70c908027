import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readFault } from './read-fault.ts'

const durationMs = 1_000
const abort = { kind: 'abort' }

describe('readFault', () => {
  const good: unknown[] = [
    { effect: abort, durationMs },
    { effect: { kind: 'error' }, durationMs: 3_600_000, share: 1, seed: 0, reason: 'why not' },
    { effect: { kind: 'error', status: 404, code: 'GONE_FISHING' }, durationMs },
    { effect: { kind: 'latency', delay: { kind: 'uniform', minMs: 5, maxMs: 5 } }, durationMs, target: {} },
    { effect: { kind: 'cut-body', after: 0 }, durationMs, target: { route: '/', method: 'GET', tenant: 'acme' } },
    { effect: abort, durationMs, target: { side: 'calls', upstream: '127.0.0.1:80', headers: { 'x-a': '*' } } },
  ]
  for (const fault of good) it(`takes ${JSON.stringify(fault)}`, () => assert.equal(readFault(fault), fault))

  const bad: { fault: unknown; problem: RegExp; why: string }[] = [
    { fault: null, problem: /^expected an object$/, why: 'no object' },
    { fault: [], problem: /^expected an object$/, why: 'a list is none' },
    { fault: { effect: abort }, problem: /^durationMs: .* 1 to 3600000$/, why: 'nothing goes on for ever' },
    { fault: { effect: abort, durationMs: 3_600_001 }, problem: /^durationMs/, why: 'longer than an hour' },
    { fault: { effect: abort, durationMs: '5' }, problem: /^durationMs/, why: 'text is no number' },
    { fault: { effect: { kind: 'explode' }, durationMs }, problem: /^effect\.kind: .*latency/, why: 'no such thing' },
    { fault: { effect: { kind: 'toString' }, durationMs }, problem: /^effect\.kind/, why: 'what every object has' },
    {
      fault: { effect: { ...abort, status: 5 }, durationMs },
      problem: /^effect\.status: is no member/,
      why: 'of another',
    },
    { fault: { effect: { kind: 'error', status: 200 }, durationMs }, problem: /^effect\.status/, why: 'no error' },
    { fault: { effect: { kind: 'error', code: 'a\nb' }, durationMs }, problem: /^effect\.code/, why: 'no code' },
    { fault: { effect: abort, durationMs, share: 0 }, problem: /^share/, why: 'it would do nothing' },
    {
      fault: { effect: abort, durationMs, shre: 0.5 },
      problem: /^shre: is no member/,
      why: 'a slip must not mean all',
    },
    {
      fault: { effect: { kind: 'latency', delay: { kind: 'uniform', minMs: 9, maxMs: 5 } }, durationMs },
      problem: /minMs is above maxMs/,
      why: 'the wrong way round',
    },
    { fault: { effect: abort, durationMs, target: { upstream: 'x' } }, problem: /needs side 'calls'/, why: 'requests' },
    {
      fault: { effect: { kind: 'slow-body', bytesPerSecond: 5 }, durationMs, target: { side: 'calls' } },
      problem: /inject it into the service that is called/,
      why: 'the answer is not ours',
    },
    {
      fault: { effect: abort, durationMs, target: { headers: { 'X-A': '1' } } },
      problem: /lower-case/,
      why: 'as looked up',
    },
    {
      fault: { effect: abort, durationMs, target: { headers: { 'x-a': 1 } } },
      problem: /headers\.x-a/,
      why: 'no text',
    },
  ]
  for (const { fault, problem, why } of bad) {
    it(`refuses ${JSON.stringify(fault)}: ${why}`, () => {
      assert.throws(
        () => readFault(fault),
        (error: { code?: string; status?: number; details?: { problems: string[] } }) => {
          assert.deepEqual([error.code, error.status, error.details?.problems.length], ['BAD_FAULT', 400, 1])
          assert.match(error.details?.problems[0] ?? '', problem)
          return true
        },
      )
    })
  }
})
