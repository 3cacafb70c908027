import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { adaptiveBreaker } from './adaptive-breaker.ts'
import { breaker } from './breaker.ts'
import { bulkhead } from './bulkhead.ts'
import { busy, down, failing, hanging, kindsOf, outcomeOfPromise, stage, wrong } from './calls.fixture.ts'
import { seededRandom } from './fault/seeded-random.ts'
import { isLastWord } from './last-word.ts'
import { policy } from './policy.ts'
import { rateLimit } from './rate-limit.ts'
import { RefusedError } from './refused-error.ts'
import { backoffLimitMs, isWorthRetrying, retry, retryDelayMs } from './retry.ts'
import { formatRetryAfter, parseRetryAfter } from './retry-after.ts'
import { RetryBudget } from './retry-budget.ts'
import { memoryLimiterStore } from './stores/memory.ts'
import { timeout } from './timeout.ts'

describe('backoffLimitMs', () => {
  const rows = [
    { attempt: 1, expected: 100, why: 'the first wait' },
    { attempt: 4, expected: 800, why: 'it doubles' },
    { attempt: 10, expected: 10_000, why: 'it has a limit' },
    { attempt: 2_000, expected: 10_000, why: 'it survives 2 ** attempt becoming Infinity' },
  ]
  for (const { attempt, expected, why } of rows) {
    it(`behind call ${attempt} is ${expected}: ${why}`, () =>
      assert.equal(backoffLimitMs(attempt, 100, 10_000), expected))
  }
})

describe('retryDelayMs', () => {
  const usual = { attempt: 2, baseDelayMs: 100, maxDelayMs: 10_000, retryAfterMs: undefined }
  const rows = [
    { facts: { ...usual, random: 0 }, expected: 0, why: 'full jitter begins at nothing' },
    { facts: { ...usual, random: 0.5 }, expected: 100, why: 'and goes up to the limit' },
    { facts: { ...usual, retryAfterMs: 3_000, random: 0 }, expected: 3_000, why: 'never before Retry-After' },
    { facts: { ...usual, retryAfterMs: 3_000, random: 0.5 }, expected: 3_100, why: 'not all at that moment either' },
  ]
  for (const { facts, expected, why } of rows) {
    it(`is ${expected}: ${why}`, () => assert.equal(retryDelayMs(facts), expected))
  }
})

describe('isWorthRetrying', () => {
  const rows = [
    { error: down, idempotent: true, expected: true, why: 'it may come back' },
    { error: down, idempotent: false, expected: false, why: 'the call may have been done' },
    { error: wrong, idempotent: true, expected: false, why: 'a wrong request stays wrong' },
    { error: new Error('?'), idempotent: true, expected: false, why: 'nobody knows what happened' },
    { error: new RefusedError('BREAKER_OPEN', ''), idempotent: true, expected: false, why: 'it is open for now' },
    { error: new RefusedError('RATE_LIMITED', ''), idempotent: false, expected: true, why: 'nothing was done yet' },
  ]
  for (const { error, idempotent, expected, why } of rows) {
    it(`is ${expected} for ${error.name} ${error instanceof ServiceError ? error.code : ''}: ${why}`, () => {
      assert.equal(isWorthRetrying(error, { idempotent }), expected)
    })
  }
})

describe('retry', () => {
  it('calls again until it answers', async () => {
    const { clock, context } = stage()
    const onion = policy(retry({ random: () => 1 }))
    const kinds = kindsOf(onion)
    const call = failing(down, down)
    const outcome = outcomeOfPromise(onion(call, { context }))
    await clock.advance(99)
    assert.equal(call.made, 1)
    await clock.advance(1)
    assert.equal(call.made, 2)
    await clock.advance(200)
    assert.equal(outcome.value, 3)
    assert.deepEqual(kinds, ['retried', 'retried'])
  })

  it('throws the last error unchanged when the attempts are used up', async () => {
    const { clock, context } = stage()
    const call = failing(down, down, down)
    const outcome = outcomeOfPromise(policy(retry())(call, { context }))
    await clock.advance(1_000)
    assert.deepEqual([outcome.code, call.made], ['DOWN', 3])
  })

  it('tells the call which attempt it is', async () => {
    const { clock, context } = stage()
    const attempts: number[] = []
    const calling = policy(retry())(
      (_, { attempt }) => {
        attempts.push(attempt)
        if (attempt < 3) throw down
      },
      { context },
    )
    await clock.advance(1_000)
    await calling
    assert.deepEqual(attempts, [1, 2, 3])
  })

  const givesUp = [
    { name: 'a call that may not be repeated', options: { idempotent: false }, errors: [down], timeoutMs: undefined },
    { name: 'a wait beyond the deadline', options: {}, errors: [busy], timeoutMs: 400 },
    {
      name: 'a Retry-After beyond the longest wait',
      options: {},
      errors: [new ServiceError('LATER', 'Later.', { status: 503, details: { retryAfterMs: 10_001 } })],
      timeoutMs: undefined,
    },
  ]
  for (const { name, options, errors, timeoutMs } of givesUp) {
    it(`gives up at once for ${name}`, async () => {
      const { clock, context } = stage(timeoutMs)
      const call = failing(...errors)
      await assert.rejects(policy(retry({ random: () => 0 }))(call, { ...options, context }), errors[0])
      assert.deepEqual([call.made, clock.pendingTimers], [1, 0])
    })
  }

  it('waits as long as Retry-After says', async () => {
    const { clock, context } = stage()
    const call = failing(busy)
    const outcome = outcomeOfPromise(policy(retry({ random: () => 0 }))(call, { context }))
    await clock.advance(399)
    assert.equal(call.made, 1)
    await clock.advance(1)
    assert.equal(outcome.value, 2)
  })

  it('stops waiting when the caller gives up', async () => {
    const { clock, context } = stage()
    const outcome = outcomeOfPromise(policy(retry({ random: () => 1 }))(failing(down), { context }))
    await clock.advance(50)
    context.cancel()
    await clock.advance(0)
    assert.deepEqual([outcome.code, clock.pendingTimers], ['CANCELLED', 0])
  })

  it('repeats a call that was too slow, each time with a new limit', async () => {
    const { clock, context } = stage()
    const onion = policy(retry({ random: () => 0 }), timeout({ timeoutMs: 50 }))
    const outcome = outcomeOfPromise(
      onion((inner, { attempt }) => (attempt < 3 ? hanging(inner) : inner.remainingMs()), { context }),
    )
    await clock.advance(100)
    assert.equal(outcome.value, 50)
  })

  it('does not call against what refuses here', async () => {
    const { clock, context } = stage()
    const forced = breaker()
    forced.forceOpen()
    const full = bulkhead({ maxConcurrent: 1, maxQueued: 0 })
    void policy(full)(hanging, { context }).catch(() => {})
    for (const [refuses, code] of [
      [forced, 'BREAKER_OPEN'],
      [full, 'BULKHEAD_FULL'],
    ] as const) {
      const onion = policy(retry(), refuses)
      const kinds = kindsOf(onion)
      await assert.rejects(onion(failing(), { context }), { code })
      assert.deepEqual([kinds, clock.pendingTimers], [['refused'], 0])
    }
    context.cancel()
  })

  it('waits for a rate limit inside of it', async () => {
    const { clock, context } = stage()
    const limit = rateLimit({ limit: 10, burst: 1, store: memoryLimiterStore({ clock }) })
    const onion = policy(retry({ random: () => 0 }), limit)
    await onion(failing(), { context })
    const outcome = outcomeOfPromise(onion(failing(), { context }))
    await clock.advance(100)
    assert.equal(outcome.value, 1)
  })
})

describe('RetryBudget', () => {
  it('keeps repetitions at a tenth of the calls while everything fails', async () => {
    const { clock, context } = stage()
    const random = seededRandom(7)
    const budget = new RetryBudget({ clock, minPerSecond: 0 })
    const onion = policy(retry({ attempts: 5, baseDelayMs: 1, random, budget }))
    let made = 0
    const calls = 5_000
    for (let call = 0; call < calls; call++) {
      void onion(
        () => {
          made++
          throw down
        },
        { context },
      ).catch(() => {})
      if (call % 50 === 0) await clock.advance(10)
    }
    await clock.advance(1_000)
    assert.ok(made <= calls * 1.1 + 10, `${made} calls reached the dead one`)
    assert.ok(made >= calls * 1.09, `the budget was used: ${made}`)
  })

  it('lets one who seldom calls repeat too', async () => {
    const { clock } = stage()
    const budget = new RetryBudget({ clock, reserve: 1, minPerSecond: 0.5 })
    const seen = [budget.tryWithdraw(), budget.tryWithdraw()]
    await clock.advance(2_000)
    assert.deepEqual([...seen, budget.tryWithdraw()], [true, false, true])
  })

  it('pays for one after ten deposits', () => {
    const budget = new RetryBudget({ reserve: 1, minPerSecond: 0 })
    budget.tryWithdraw()
    for (let call = 0; call < 10; call++) budget.deposit()
    assert.equal(budget.tryWithdraw(), true)
  })
})

describe('the last word', () => {
  const rows = [
    { failures: 3, options: {}, expected: true, why: 'all attempts failed' },
    { failures: 1, options: { attempts: 1 }, expected: false, why: 'nobody has repeated it' },
    { failures: 1, options: { isRetryable: () => false }, expected: false, why: 'whoever is above may know better' },
  ]
  for (const { failures, options, expected, why } of rows) {
    it(`is ${expected ? '' : 'not '}what a retry throws: ${why}`, async () => {
      const { clock, context } = stage()
      const error = new ServiceError('DOWN', 'Down.', { status: 503 })
      const calling = policy(retry(options))(failing(...Array<Error>(failures).fill(error)), { context })
      const refused = assert.rejects(calling, error)
      await clock.advance(10_000)
      await refused
      assert.equal(isLastWord(error), expected)
      assert.equal(isLastWord(new Error('of it', { cause: error })), expected)
    })
  }

  it('is what a breaker refuses', async () => {
    const { context } = stage()
    const open = breaker()
    open.forceOpen()
    const refused: unknown = await policy(retry(), open)(failing(), { context }).catch((error) => error)
    assert.equal(isLastWord(refused), true)
  })
})

describe('Retry-After', () => {
  const nowMs = Date.UTC(2030, 0, 1, 12, 0, 0)
  const rows = [
    { value: '120', expected: 120_000, why: 'seconds' },
    { value: '0', expected: 0, why: 'now' },
    { value: 'Tue, 01 Jan 2030 12:00:30 GMT', expected: 30_000, why: 'a date' },
    { value: 'Tue, 01 Jan 2030 11:00:00 GMT', expected: 0, why: 'a date that has passed' },
    { value: '-5', expected: undefined, why: 'no negative time' },
    { value: '1.5', expected: undefined, why: 'whole seconds only' },
    { value: 'soon', expected: undefined, why: 'no words' },
    { value: '99999999999', expected: undefined, why: 'no ages' },
  ]
  for (const { value, expected, why } of rows) {
    it(`'${value}' is ${expected} ms: ${why}`, () => assert.equal(parseRetryAfter(value, nowMs), expected))
  }

  it('is written in whole seconds, rounded up', () => {
    assert.deepEqual([0, 1, 1_000, 1_001, -5].map(formatRetryAfter), ['0', '1', '1', '2', '0'])
  })
})

it('adaptive breakers refuse without repetition too', async () => {
  const { clock, context } = stage()
  const throttle = adaptiveBreaker({ clock, random: () => 0 })
  for (let call = 0; call < 50; call++) await policy(throttle)(failing(down), { context }).catch(() => {})
  await assert.rejects(policy(retry(), throttle)(failing(), { context }), { code: 'CALL_THROTTLED' })
})
