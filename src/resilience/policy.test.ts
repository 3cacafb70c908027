import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context, currentContext } from '../foundation/context/context.ts'
import { Registry } from '../telemetry/registry.ts'
import { breaker } from './breaker.ts'
import { down, failing, stage } from './calls.fixture.ts'
import { fallback } from './fallback.ts'
import { type CallScope, type Inside, NamedPolicy, policy } from './policy.ts'
import { recordEvents } from './record-events.ts'
import { retry } from './retry.ts'
import { timeout } from './timeout.ts'

class Noted extends NamedPolicy {
  readonly #notes: string[]
  constructor(name: string, notes: string[]) {
    super('noted', name)
    this.#notes = notes
  }
  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    this.#notes.push(`${this.name} in`)
    const result = await inside(scope)
    this.#notes.push(`${this.name} out`)
    return result
  }
}

describe('policy', () => {
  it('runs the first policy outermost', async () => {
    const notes: string[] = []
    const onion = policy(new Noted('a', notes), new Noted('b', notes))
    assert.equal(await onion(() => 42), 42)
    assert.deepEqual(notes, ['a in', 'b in', 'b out', 'a out'])
  })

  it('without policies is the call itself', async () => {
    assert.equal(await policy()(() => 1), 1)
  })

  it('takes an onion as one of its layers', async () => {
    const notes: string[] = []
    const inner = policy(new Noted('b', notes), new Noted('c', notes))
    await policy(new Noted('a', notes), inner)(() => 1)
    assert.deepEqual(notes.slice(0, 3), ['a in', 'b in', 'c in'])
  })

  it('makes a rejection of what a call throws before its first await', async () => {
    const onion = policy(new Noted('a', []))
    await assert.rejects(
      onion(() => {
        throw down
      }),
      down,
    )
  })

  it('gives the call the current context', async () => {
    const context = new Context()
    const seen = await context.run(() => policy()((given) => [given, currentContext()]))
    assert.deepEqual(
      seen.map((each) => each === context),
      [true, true],
    )
  })

  it('makes the given context the current one, however many layers narrow it', async () => {
    const { context } = stage()
    const seen = await policy(timeout({ timeoutMs: 50 }), timeout({ timeoutMs: 20 }))(
      (given) => [given === currentContext(), given.remainingMs()],
      { context },
    )
    assert.deepEqual(seen, [true, 20])
  })

  it('does not start what nobody waits for', async () => {
    const context = new Context()
    context.cancel()
    const call = failing()
    await assert.rejects(policy(retry())(call, { context }), { code: 'CANCELLED' })
    assert.equal(call.made, 0)
  })

  it('wraps a function: same arguments, the key made of them', async () => {
    const inventory = breaker({ minCalls: 1 })
    const stockOf = policy(inventory).wrap(
      async (sku: string, warehouse: number) => {
        if (sku === 'rum') throw down
        return warehouse
      },
      { keyOf: (sku) => sku },
    )
    assert.equal(await stockOf('gin', 7), 7)
    await assert.rejects(stockOf('rum', 7), down)
    assert.deepEqual([inventory.state('gin'), inventory.state('rum')], ['closed', 'open'])
  })

  it('shares the state of a policy that stands in two onions', async () => {
    const shared = breaker({ minCalls: 1 })
    await assert.rejects(policy(shared)(failing(down)), down)
    await assert.rejects(policy(retry(), shared)(failing()), { code: 'BREAKER_OPEN' })
  })

  it('says in its type what a fallback may answer', async () => {
    const dependable = policy(fallback({ value: 'none' as const }), retry({ attempts: 1 }))
    const answer: number | 'none' = await dependable(failing(down))
    assert.equal(answer, 'none')
    // @ts-expect-error: without a fallback the answer is the call's alone
    const wrong: 'none' = await policy(retry())(failing())
    assert.equal(wrong, 1)
  })
})

describe('events', () => {
  it('reach a listener of the onion until it leaves', async () => {
    const onion = policy(fallback({ value: 0 }), breaker({ minCalls: 1, name: 'stock' }))
    const seen: string[] = []
    const leave = onion.onEvent(({ policy: kind, name, key, kind: what }) =>
      seen.push(`${kind} ${name} ${key} ${what}`),
    )
    await onion(failing(down), { key: 'gin' })
    leave()
    await onion(failing(), { key: 'gin' })
    assert.deepEqual(seen, ['breaker stock gin opened', 'fallback fallback gin degraded'])
  })

  it('are counted as metrics', async () => {
    const registry = new Registry()
    const onion = policy(fallback({ value: 0 }), breaker({ minCalls: 1, name: 'stock' }))
    onion.onEvent(recordEvents(registry))
    for (let call = 0; call < 3; call++) await onion(failing(down))
    const counted = registry.snapshot().find((family) => family.name === 'resilience_events_total')
    assert.deepEqual(
      counted?.kind === 'counter' && counted.series.map(({ labelValues, point }) => [...labelValues, point]),
      [
        ['breaker', 'stock', 'opened', 1],
        ['fallback', 'fallback', 'degraded', 3],
        ['breaker', 'stock', 'refused', 2],
      ],
    )
  })
})
