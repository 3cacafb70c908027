import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ManualClock } from '../foundation/clock/manual-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type Breaker, breaker } from './breaker.ts'
import { busy, down, failing, hanging, kindsOf, outcomeOfPromise, stage, wrong } from './calls.fixture.ts'
import { KeyedStates } from './keyed-states.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { type Onion, policy } from './policy.ts'
import { RefusedError } from './refused-error.ts'
import { RollingWindow } from './rolling-window.ts'

interface Bench {
  readonly clock: ManualClock
  readonly circuit: Breaker
  readonly onion: Onion
  readonly call: (error?: unknown, key?: string) => Promise<string>
}

/** Opens at 4 calls of which half fail. */
function bench(options: Parameters<typeof breaker>[0] = {}): Bench {
  const { clock, context } = stage()
  const circuit = breaker({ minCalls: 4, probes: 2, clock, ...options })
  const onion = policy(circuit)
  const call = (error?: unknown, key: string = ''): Promise<string> =>
    onion(error === undefined ? failing() : failing(error), { context, key }).then(
      () => 'ok',
      (thrown) => thrown.code ?? String(thrown),
    )
  return { clock, circuit, onion, call }
}

async function open({ call }: Bench, key?: string): Promise<void> {
  for (let at = 0; at < 4; at++) await call(down, key)
}

describe('breaker', () => {
  const trips = [
    { errors: [down, down, down], expected: 'closed', why: 'too few calls to know anything' },
    { errors: [down, down, undefined, undefined], expected: 'open', why: 'half of them failed' },
    { errors: [down, undefined, undefined, undefined], expected: 'closed', why: 'most succeeded' },
    { errors: [wrong, wrong, wrong, wrong], expected: 'closed', why: 'who says 400 is there' },
    { errors: [busy, busy, busy, busy], expected: 'closed', why: 'a limit is this caller’s own' },
    { errors: [new Error('?'), new Error('?'), down, down], expected: 'open', why: 'an unknown error is a failure' },
  ] as const
  for (const { errors, expected, why } of trips) {
    it(`is ${expected} after ${errors.map((error) => error?.message ?? 'ok').join(' ')}: ${why}`, async () => {
      const tested = bench()
      // The last outcome decides: an outcome that is not a failure opens nothing.
      for (const error of [...errors].reverse()) await tested.call(error)
      assert.equal(tested.circuit.state(), expected)
    })
  }

  it('refuses while it is open, with the time of the first probe', async () => {
    const tested = bench()
    await open(tested)
    await tested.clock.advance(400)
    const call = failing()
    await assert.rejects(tested.onion(call), { code: 'BREAKER_OPEN', status: 503, retryAfterMs: 600 })
    assert.equal(call.made, 0)
  })

  it('closes when all probes succeed, and has forgotten', async () => {
    const tested = bench()
    const kinds = kindsOf(tested.circuit)
    await open(tested)
    await tested.clock.advance(1_000)
    assert.deepEqual([await tested.call(), tested.circuit.state()], ['ok', 'half-open'])
    assert.deepEqual([await tested.call(), tested.circuit.state()], ['ok', 'closed'])
    assert.equal(tested.circuit.states()[0]?.calls, 0)
    assert.deepEqual(kinds, ['opened', 'half-opened', 'closed'])
  })

  it('opens again when one probe fails, for as long as before', async () => {
    const tested = bench()
    await open(tested)
    await tested.clock.advance(1_000)
    assert.equal(await tested.call(down), 'DOWN')
    await tested.clock.advance(999)
    assert.equal(await tested.call(), 'BREAKER_OPEN')
    await tested.clock.advance(1)
    assert.equal(await tested.call(), 'ok')
  })

  it('admits as many probes as it was told, and new ones when those never end', async () => {
    const tested = bench()
    await open(tested)
    await tested.clock.advance(1_000)
    for (let probe = 0; probe < 2; probe++) void tested.onion(hanging).catch(() => {})
    assert.equal(await tested.call(), 'BREAKER_OPEN')
    await tested.clock.advance(1_000)
    assert.deepEqual([await tested.call(), await tested.call(), tested.circuit.state()], ['ok', 'ok', 'closed'])
  })

  it('gives the place of a probe that says nothing to the next call', async () => {
    const tested = bench()
    await open(tested)
    await tested.clock.advance(1_000)
    const gone = new ServiceError('CANCELLED', '', { status: 499 })
    for (let probe = 0; probe < 5; probe++) assert.equal(await tested.call(gone), 'CANCELLED')
    assert.deepEqual([await tested.call(), await tested.call()], ['ok', 'ok'])
  })

  it('does not count what began before it opened', async () => {
    const tested = bench()
    const { promise, reject } = Promise.withResolvers<never>()
    const old = outcomeOfPromise(tested.onion(() => promise))
    await open(tested)
    await tested.clock.advance(1_000)
    await tested.call()
    reject(down)
    await tested.clock.advance(0)
    assert.deepEqual([old.code, tested.circuit.state()], ['DOWN', 'half-open'])
  })

  it('forgets failures that are older than the window', async () => {
    const tested = bench()
    for (let at = 0; at < 3; at++) await tested.call(down)
    await tested.clock.advance(10_001)
    await tested.call(down)
    assert.deepEqual(tested.circuit.states(), [{ key: '', state: 'closed', calls: 1, failures: 1 }])
  })

  it('keeps keys apart', async () => {
    const tested = bench()
    await open(tested, 'a')
    assert.deepEqual([await tested.call(undefined, 'a'), await tested.call(undefined, 'b')], ['BREAKER_OPEN', 'ok'])
    assert.deepEqual(
      tested.circuit.states().map(({ key, state }) => [key, state]),
      [
        ['a', 'open'],
        ['b', 'closed'],
      ],
    )
  })

  it('forgets closed keys before open ones when there are too many', async () => {
    const tested = bench({ maxKeys: 3 })
    await open(tested, 'bad')
    for (const key of ['a', 'b', 'c', 'd']) await tested.call(undefined, key)
    assert.deepEqual(
      tested.circuit.states().map(({ key }) => key),
      ['bad', 'c', 'd'],
    )
  })

  it('is forced by hand, all of it or one key, and then by its outcomes again', async () => {
    const tested = bench()
    tested.circuit.forceOpen()
    tested.circuit.forceClosed('vip')
    assert.deepEqual([await tested.call(), await tested.call(undefined, 'vip')], ['BREAKER_OPEN', 'ok'])
    assert.deepEqual([tested.circuit.state(), tested.circuit.state('vip')], ['forced-open', 'forced-closed'])
    tested.circuit.unforce()
    tested.circuit.unforce('vip')
    assert.deepEqual([tested.circuit.state(), await tested.call()], ['closed', 'ok'])
    tested.circuit.forceClosed()
    await open(tested)
    await open(tested)
    assert.equal(await tested.call(), 'ok')
    tested.circuit.unforce()
    assert.equal(tested.circuit.state(), 'open')
  })

  it('spares a dead dependency and uses it again within 2 s of its healing', async () => {
    const { clock, context } = stage()
    const onion = policy(breaker({ clock }))
    let isDead = true
    let seen = 0
    const second = async (): Promise<{ offered: number; seen: number; ok: number }> => {
      const before = seen
      let ok = 0
      for (let call = 0; call < 1_000; call++) {
        await onion(
          () => {
            seen++
            if (isDead) throw down
          },
          { context },
        ).then(
          () => ok++,
          () => {},
        )
        if (call % 100 === 0) await clock.advance(100)
      }
      return { offered: 1_000, seen: seen - before, ok }
    }
    await second()
    const whileDead = await second()
    assert.ok(whileDead.seen <= 5, `${whileDead.seen} of 1,000 calls reached the dead one`)
    isDead = false
    await second()
    assert.equal((await second()).ok, 1_000)
  })

  const options = [
    { minCalls: 0 },
    { minCalls: 1.5 },
    { failureRatio: 0 },
    { failureRatio: 1.1 },
    { windowMs: 0 },
    { buckets: 0 },
    { openMs: 0 },
    { probes: 0 },
    { maxKeys: 0 },
  ]
  for (const option of options) {
    it(`refuses ${JSON.stringify(option)}`, () => assert.throws(() => breaker(option), { code: 'BAD_POLICY' }))
  }
})

describe('outcomeOf', () => {
  const status = (value: number): ServiceError => new ServiceError('X', '', { status: value })
  const rows: readonly { error: unknown; expected: Outcome; why: string }[] = [
    { error: status(500), expected: 'failure', why: 'it failed' },
    { error: status(504), expected: 'failure', why: 'it was too slow' },
    { error: status(404), expected: 'success', why: 'it answered' },
    { error: status(429), expected: 'ignored', why: 'the limit is this caller’s' },
    { error: status(499), expected: 'ignored', why: 'the caller gave up' },
    { error: new RefusedError('BULKHEAD_FULL', ''), expected: 'ignored', why: 'it was never called' },
    { error: 'text', expected: 'failure', why: 'nobody knows' },
  ]
  for (const { error, expected, why } of rows) {
    it(`is ${expected}: ${why}`, () => assert.equal(outcomeOf(error), expected))
  }
})

describe('RollingWindow', () => {
  it('loses one bucket after the other, and all of them after a pause', () => {
    const window = new RollingWindow({ windowMs: 100, buckets: 10 })
    for (let ms = 0; ms < 100; ms += 10) window.addBad(ms)
    const counts = [99, 100, 109, 150, 1_000].map((ms) => {
      window.moveTo(ms)
      return window.bad
    })
    assert.deepEqual(counts, [10, 9, 9, 4, 0])
  })

  it('does not go back with a reading from before', () => {
    const window = new RollingWindow({ windowMs: 100, buckets: 10 })
    window.addGood(500)
    window.addGood(495)
    assert.equal(window.good, 2)
  })

  it('sees runs of good and of bad buckets, which empty ones do not interrupt', () => {
    const window = new RollingWindow({ windowMs: 100, buckets: 10 })
    window.addBad(1_000)
    window.addGood(1_010)
    window.addGood(1_030)
    assert.deepEqual([window.workingBuckets, window.failingBuckets], [2, 0])
    window.addBad(1_040)
    assert.deepEqual([window.workingBuckets, window.failingBuckets], [0, 1])
  })
})

describe('KeyedStates', () => {
  it('drops the key that was used longest ago', () => {
    const states = new KeyedStates({ maxKeys: 2, create: (key) => key })
    for (const key of ['a', 'b', 'a', 'c']) states.get(key)
    assert.deepEqual(
      [...states.entries()].map(([key]) => key),
      ['a', 'c'],
    )
  })

  it('never holds more than it may, even when nothing is idle', () => {
    const states = new KeyedStates({ maxKeys: 3, create: (key) => key, isIdle: () => false })
    for (let key = 0; key < 100; key++) states.get(`${key}`)
    assert.equal(states.size, 3)
  })
})
