import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { breaker } from './breaker.ts'
import { busy, down, failing, hanging, kindsOf, outcomeOfPromise, stage, wrong } from './calls.fixture.ts'
import { type FallbackOptions, fallback } from './fallback.ts'
import { lastGood } from './last-good.ts'
import { policy } from './policy.ts'

describe('fallback', () => {
  it('answers with its value, and tells why', async () => {
    const lesser = fallback({ value: [] as string[] })
    const kinds = kindsOf(lesser)
    assert.deepEqual(await policy(lesser)(failing(down)), [])
    assert.deepEqual(kinds, ['degraded'])
  })

  it('gives the error and the call to its function, which may fail itself', async () => {
    const named = policy(fallback({ answer: (error, { key }) => [error, key] }))
    assert.deepEqual(await named(failing(down), { key: 'gin' }), [down, 'gin'])
    const broken = policy(fallback({ answer: () => Promise.reject(wrong) }))
    await assert.rejects(broken(failing(down)), wrong)
  })

  it('answers with undefined when that is its value', async () => {
    assert.equal(await policy(fallback({ value: undefined }))(failing(down)), undefined)
  })

  const rows = [
    { name: 'an answer', errors: [], expected: 1, why: 'nothing went wrong' },
    { name: '503', errors: [down], expected: 'lesser', why: 'an outage' },
    { name: '429', errors: [busy], expected: 'lesser', why: 'the caller is held back' },
    { name: 'an unknown error', errors: [new Error('?')], expected: 'lesser', why: 'an outage for the caller' },
  ]
  for (const { name, errors, expected, why } of rows) {
    it(`makes '${expected}' of ${name}: ${why}`, async () => {
      assert.equal(await policy(fallback({ value: 'lesser' }))(failing(...errors)), expected)
    })
  }

  it('stands for a refusal of a policy inside of it', async () => {
    const circuit = breaker()
    circuit.forceOpen()
    assert.equal(await policy(fallback({ value: 'lesser' }), circuit)(failing()), 'lesser')
  })

  it('does not hide what the caller did wrong', async () => {
    await assert.rejects(policy(fallback({ value: 'lesser' }))(failing(wrong)), wrong)
    assert.equal(await policy(fallback({ value: 'lesser', when: () => true }))(failing(wrong)), 'lesser')
  })

  it('has nothing to say to a caller who has gone', async () => {
    const { context } = stage()
    const calling = policy(fallback({ value: 'lesser' }))(hanging, { context })
    context.cancel()
    await assert.rejects(calling, { code: 'CANCELLED' })
  })

  it('needs something to answer', () => {
    assert.throws(() => fallback({} as FallbackOptions<string>), { code: 'BAD_POLICY' })
  })
})

describe('last good', () => {
  it('answers with what the key answered last, until that is too old', async () => {
    const { clock, context } = stage()
    const onion = policy(lastGood({ maxAgeMs: 1_000, clock }))
    const ask = (answer: () => string, key: string) => onion(answer, { context, key })
    const fail = (): never => {
      throw down
    }
    assert.equal(await ask(() => 'five', 'gin'), 'five')
    await clock.advance(1_000)
    assert.equal(await ask(fail, 'gin'), 'five')
    await assert.rejects(ask(fail, 'rum'), down)
    await clock.advance(1)
    await assert.rejects(ask(fail, 'gin'), down)
  })

  it('calls every time: it is no cache', async () => {
    const onion = policy(lastGood())
    const call = failing()
    assert.deepEqual([await onion(call), await onion(call)], [1, 2])
  })

  it('does not hide what the caller did wrong', async () => {
    const onion = policy(lastGood())
    await onion(failing())
    await assert.rejects(onion(failing(wrong)), wrong)
  })

  it('keeps so many answers and no more', async () => {
    const onion = policy(lastGood({ maxKeys: 2 }))
    for (const key of ['a', 'b', 'c']) await onion(failing(), { key })
    const outcomes = ['a', 'b', 'c'].map((key) => outcomeOfPromise(onion(failing(down), { key })))
    await stage().clock.advance(0)
    assert.deepEqual(outcomes, [{ code: 'DOWN' }, { value: 1 }, { value: 1 }])
  })
})
