import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { Context } from '../../foundation/context/context.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { outcomeOfPromise } from '../calls.fixture.ts'
import { policy } from '../policy.ts'
import { retry } from '../retry.ts'
import type { Fault, FaultDelay, FaultSubject, FaultTarget } from './fault.ts'
import { faultPolicy } from './fault-policy.ts'
import { FaultSet } from './fault-set.ts'
import { Faults } from './faults.ts'
import { currentFaults, hasFaultyCalls, setProcessFaults } from './faulty-calls.ts'
import { seededRandom } from './seeded-random.ts'

const durationMs = 10_000
const error: Fault = { effect: { kind: 'error' }, durationMs }
const request: FaultSubject = { side: 'requests', method: 'GET', route: '/orders/:id', operation: 'getOrder' }

function suffering(...faults: Fault[]) {
  const clock = new ManualClock()
  const active = new Faults({ clock, random: seededRandom(1) })
  active.adopt(faults.map((fault, at) => ({ id: `f${at + 1}`, fault, leftMs: fault.durationMs })))
  return { clock, faults: active }
}

describe('what a fault is aimed at', () => {
  const withHeaders: FaultSubject = { ...request, header: (name) => ({ 'x-canary': 'yes' })[name] }
  const call: FaultSubject = { side: 'calls', method: 'GET', upstream: 'inventory' }
  const rows: { target: FaultTarget; subject: FaultSubject; hit: boolean; why: string }[] = [
    { target: {}, subject: request, hit: true, why: 'what is not named fits all requests' },
    { target: {}, subject: call, hit: false, why: 'calls must be named' },
    { target: { side: 'calls' }, subject: call, hit: true, why: 'any call' },
    { target: { side: 'calls', upstream: 'inventory' }, subject: call, hit: true, why: 'this upstream' },
    { target: { side: 'calls', upstream: 'users' }, subject: call, hit: false, why: 'another upstream' },
    { target: { route: '/orders/:id' }, subject: request, hit: true, why: 'the pattern' },
    { target: { route: 'getOrder' }, subject: request, hit: true, why: 'its name' },
    { target: { route: '/orders' }, subject: request, hit: false, why: 'a part of it is another route' },
    { target: { method: 'POST', route: '/orders/:id' }, subject: request, hit: false, why: 'all of it must fit' },
    { target: { headers: { 'x-canary': 'yes' } }, subject: withHeaders, hit: true, why: 'the value' },
    { target: { headers: { 'x-canary': '*' } }, subject: withHeaders, hit: true, why: 'any value' },
    { target: { headers: { 'x-canary': 'no' } }, subject: withHeaders, hit: false, why: 'another value' },
    { target: { headers: { 'x-other': '*' } }, subject: withHeaders, hit: false, why: 'it is not there' },
    { target: { headers: { 'x-canary': '*' } }, subject: request, hit: false, why: 'nobody knows the headers' },
    { target: { tenant: 'acme' }, subject: { ...request, tenant: 'acme' }, hit: true, why: 'this tenant' },
    { target: { tenant: 'acme' }, subject: request, hit: false, why: 'nobody knows whose request it is' },
  ]
  for (const { target, subject, hit, why } of rows) {
    it(`${JSON.stringify(target)} ${hit ? 'hits' : 'misses'} ${subject.side}: ${why}`, () => {
      const { faults } = suffering({ ...error, target })
      assert.equal(faults.strike(subject) !== undefined, hit)
      faults.adopt([])
    })
  }
})

describe('faults of one moment', () => {
  it('hit the share that was asked for, the same ones with the same seed', () => {
    const hits = (): boolean[] => {
      const { faults } = suffering({ ...error, share: 0.3, seed: 7 })
      return Array.from({ length: 1_000 }, () => faults.strike(request) !== undefined)
    }
    const first = hits()
    assert.deepEqual(hits(), first)
    const count = first.filter(Boolean).length
    assert.ok(count > 250 && count < 350, `${count} of 1,000`)
  })

  const delays: { delay: FaultDelay; min: number; max: number; mean: number; why: string }[] = [
    { delay: { kind: 'fixed', ms: 50 }, min: 50, max: 50, mean: 50, why: 'always the same' },
    { delay: { kind: 'uniform', minMs: 10, maxMs: 30 }, min: 10, max: 30, mean: 20, why: 'anything between' },
    { delay: { kind: 'normal', meanMs: 100, deviationMs: 20 }, min: 0, max: 200, mean: 100, why: 'around the mean' },
    { delay: { kind: 'normal', meanMs: 0, deviationMs: 10 }, min: 0, max: 60, mean: 4, why: 'never below 0' },
    {
      delay: { kind: 'normal', meanMs: 6e4, deviationMs: 6e4 },
      min: 0,
      max: 6e4,
      mean: 43_000,
      why: 'never above 1 min',
    },
  ]
  for (const { delay, min, max, mean, why } of delays) {
    it(`delay by ${JSON.stringify(delay)}: ${why}`, () => {
      const { faults } = suffering({ effect: { kind: 'latency', delay }, durationMs })
      const drawn = Array.from({ length: 2_000 }, () => faults.strike(request)?.delayMs ?? -1)
      assert.ok(drawn.every((ms) => ms >= min && ms <= max))
      const average = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length
      assert.ok(Math.abs(average - mean) <= Math.max(2, mean * 0.05), `${average}`)
    })
  }

  it('add up: delays together, the first end', () => {
    const latency = { effect: { kind: 'latency', delay: { kind: 'fixed', ms: 20 } }, durationMs } as const
    const { faults } = suffering(latency, { effect: { kind: 'abort' }, durationMs }, latency, error)
    assert.deepEqual(faults.strike(request), {
      ids: ['f1', 'f2', 'f3', 'f4'],
      delayMs: 40,
      end: { kind: 'abort' },
      body: undefined,
    })
  })

  it('are a set that never changes, and the empty one when all have ended by themselves', async () => {
    const { clock, faults } = suffering(error, { ...error, durationMs: 500 })
    const both = faults.current
    await clock.advance(500)
    assert.equal(both.requests.length, 2)
    assert.equal(faults.current.requests.length, 1)
    await clock.advance(durationMs)
    assert.equal(faults.current, FaultSet.none)
    assert.equal(clock.pendingTimers, 0)
  })

  it('go on with their own chance when others come', () => {
    const share = { ...error, share: 0.5, seed: 3 }
    const { faults: alone } = suffering(share)
    const expected = Array.from({ length: 20 }, () => alone.strike(request) !== undefined)
    const { faults } = suffering(share)
    const seen = expected.map((_, at) => {
      const others = at % 2 === 0 ? [] : [{ id: 'other', fault: { ...error, target: { method: 'PUT' } }, leftMs: 5 }]
      faults.adopt([{ id: 'f1', fault: share, leftMs: 1_000 }, ...others])
      return faults.strike(request) !== undefined
    })
    assert.deepEqual(seen, expected)
  })
})

describe('faultPolicy', () => {
  const toInventory: Fault = { ...error, target: { side: 'calls', upstream: 'inventory' } }

  it('fails the calls that are meant, inside of the policies that see it', async () => {
    const { faults } = suffering({ ...toInventory, effect: { kind: 'error', code: 'OUT', status: 503 } })
    const retries: string[] = []
    const onion = policy(retry({ attempts: 2, baseDelayMs: 0 }), faultPolicy({ faults }))
    onion.onEvent(({ kind }) => retries.push(kind))
    let calls = 0
    const ask = (key: string): Promise<unknown> => onion(() => ++calls, { key })
    await assert.rejects(ask('inventory'), { code: 'OUT', status: 503, details: { faults: ['f1'] } })
    assert.deepEqual(retries, ['retried', 'gave-up'])
    assert.equal(await ask('users'), 1)
    faults.adopt([])
    assert.equal(await ask('inventory'), 2)
  })

  it('delays on the clock of the context, and no longer than its deadline', async () => {
    const { clock, faults } = suffering({
      ...toInventory,
      effect: { kind: 'latency', delay: { kind: 'fixed', ms: 300 } },
    })
    const ask = policy(faultPolicy({ faults }))
    const patient = outcomeOfPromise(ask(() => 7, { key: 'inventory', context: new Context({ clock }) }))
    const hasty = outcomeOfPromise(ask(() => 7, { key: 'inventory', context: new Context({ clock, timeoutMs: 100 }) }))
    await clock.advance(299)
    assert.deepEqual([patient, hasty], [{}, { code: 'DEADLINE_EXCEEDED' }])
    await clock.advance(1)
    assert.deepEqual(patient, { value: 7 })
    faults.adopt([])
  })

  it('takes the faults of the running request before those of the process', async () => {
    const { faults: own } = suffering()
    const { faults: ofProcess } = suffering(toInventory)
    const leave = setProcessFaults(ofProcess)
    const ask = policy(faultPolicy()).wrap(() => 7, { keyOf: () => 'inventory' })
    await assert.rejects(ask(), { code: 'FAULT_INJECTED' })
    const context = new Context().set(currentFaults, own)
    assert.equal(await context.run(ask), 7)
    leave()
    assert.equal(await ask(), 7, 'nobody speaks for the process any more')
    ofProcess.adopt([])
  })

  it('looks no further while no call of the process is to fail', async () => {
    assert.equal(hasFaultyCalls(), false)
    const { faults } = suffering(error)
    assert.equal(hasFaultyCalls(), false, 'it is about requests')
    const never = (): never => {
      throw new ServiceError('ASKED', 'It was asked what the call is about.')
    }
    assert.equal(await policy(faultPolicy({ faults, subjectOf: never }))(() => 7), 7)
    faults.adopt([])
  })
})
