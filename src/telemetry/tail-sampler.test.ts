import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { createTracer } from './create-tracer.ts'
import { MemorySpans } from './exporters/memory-spans.ts'
import { Registry } from './registry.ts'
import { allOf, alwaysOff, alwaysOn, parentBased, rateLimited, type Sampler } from './sampler.ts'
import { recordAll, TailSampler, type TailSamplerOptions } from './tail-sampler.ts'

const clock = new ManualClock()

function bench(options: Partial<TailSamplerOptions> = {}, head: Sampler = alwaysOff) {
  const spans = new MemorySpans()
  const meter = new Registry({ clock })
  const sink = new TailSampler({ next: spans, meter, ...options })
  const tracer = createTracer({ sink, sampler: recordAll(head), clock })
  return { meter, spans, tracer, names: () => spans.records.map(({ name }) => name) }
}

describe('a trace that was not picked', () => {
  it('is forgotten when its root ends, and so is what ends later', () => {
    const { names, tracer } = bench()
    const root = tracer.start('root')
    const late = root.child('late')
    root.child('inner').end()
    root.end()
    late.fail('too late to matter')
    late.end()
    assert.deepEqual(names(), [])
  })

  it('is kept from its failure on, with all that came before and all that follows', () => {
    const { names, tracer } = bench()
    const root = tracer.start('root')
    root.child('before').end()
    const failing = root.child('failing')
    failing.fail(new Error('x'))
    failing.end()
    root.child('after').end()
    root.end()
    assert.deepEqual(names(), ['before', 'failing', 'after', 'root'])
  })

  it('is not kept for a failure where errors are not asked for', () => {
    const { names, tracer } = bench({ keepErrors: false })
    const root = tracer.start('root')
    root.fail()
    root.end()
    assert.deepEqual(names(), [])
  })

  const times = [
    { tookMs: 250, kept: true, why: 'as slow as was said' },
    { tookMs: 249, kept: false, why: 'a little quicker' },
  ]
  for (const { tookMs, kept, why } of times) {
    it(`is ${kept ? 'kept' : 'forgotten'} by the time of its root: ${why}`, async () => {
      const { names, tracer } = bench({ keepSlowerThanMs: 250 })
      const root = tracer.start('root')
      const inner = root.child('inner')
      await clock.advance(tookMs)
      inner.end()
      root.end()
      assert.deepEqual(names(), kept ? ['inner', 'root'] : [])
    })
  }

  it('tells the next process that it is not sampled, as long as nobody knows better', () => {
    assert.equal(bench().tracer.start('root').context.sampled, false)
  })

  it('is decided for each of its visits to this process alone', () => {
    const { names, tracer } = bench()
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false }
    const first = tracer.start('first', { parent })
    const second = tracer.start('second', { parent })
    first.end()
    second.fail()
    second.end()
    assert.deepEqual(names(), ['second'])
  })
})

describe('a trace that was picked', () => {
  it('passes at once', () => {
    const { names, tracer } = bench({}, alwaysOn)
    const root = tracer.start('root')
    root.child('inner').end()
    assert.deepEqual(names(), ['inner'])
    assert.equal(root.context.sampled, true)
  })
})

describe('what is undecided', () => {
  it('is bounded: the spans of the oldest trace go, are counted, and the rest of it can still be kept', () => {
    const { meter, names, tracer } = bench({ maxUndecided: 3 })
    const old = tracer.start('old')
    const young = tracer.start('young')
    for (const name of ['old.1', 'old.2']) old.child(name).end()
    for (const name of ['young.1', 'young.2']) young.child(name).end()
    for (const root of [old, young]) {
      root.fail()
      root.end()
    }
    assert.deepEqual(names(), ['old', 'young.1', 'young.2', 'young'])
    const drops = meter.snapshot().find(({ name }) => name === 'telemetry_undecided_drops_total')
    assert.deepEqual(
      drops?.series.map(({ point }) => point),
      [2],
    )
  })
})

describe('rateLimited', () => {
  const question = { traceId: 'a'.repeat(32), parent: undefined, name: 'work', kind: 'internal' } as const

  it('keeps a second’s worth at once, and then as many as time allows', async () => {
    const time = new ManualClock()
    const sampler = rateLimited(10, time)
    const kept = (asked: number): number =>
      Array.from({ length: asked }, () => sampler.decide(question)).filter((decision) => decision === 'sample').length
    assert.equal(kept(100), 10)
    await time.advance(500)
    assert.equal(kept(100), 5)
    await time.advance(60_000)
    assert.equal(kept(100), 10)
  })

  it('keeps one in several seconds where the rate is below 1', async () => {
    const time = new ManualClock()
    const sampler = rateLimited(0.1, time)
    assert.equal(sampler.decide(question), 'sample')
    await time.advance(9_000)
    assert.equal(sampler.decide(question), 'drop')
    await time.advance(1_100)
    assert.equal(sampler.decide(question), 'sample')
  })

  it('is not spent by traces that another sampler drops', () => {
    const sampler = allOf(alwaysOff, rateLimited(1, new ManualClock()))
    assert.equal(sampler.decide(question), 'drop')
    assert.equal(parentBased(sampler).decide(question), 'drop')
  })
})
