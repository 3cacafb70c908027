import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context } from '../foundation/context/context.ts'
import { createTracer } from './create-tracer.ts'
import { MemorySpans } from './exporters/memory-spans.ts'
import { alwaysOff, parentBased, type Sampler, traceIdRatio } from './sampler.ts'
import type { SpanLimits } from './span-limits.ts'
import { traced } from './traced.ts'
import { currentSpan, type Span, type TraceContext } from './tracer.ts'

const clock = new ManualClock()
const caller: TraceContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, traceState: 'x=1' }

function bench(limits: Partial<SpanLimits> = {}, sampler?: Sampler) {
  const spans = new MemorySpans()
  const tracer = createTracer({ sink: spans, limits, clock, ...(sampler !== undefined && { sampler }) })
  return { spans, tracer }
}

describe('a recorded span', () => {
  it('reaches the sink once, when it ends, and keeps nothing that is said afterwards', () => {
    const { spans, tracer } = bench()
    const span = tracer.start('work')
    span.set('kept', 1)
    assert.equal(spans.records.length, 0)
    assert.equal(span.isRecording, true)
    span.end()
    span.end()
    span.set('late', 1)
    span.event('late')
    span.link({ context: caller })
    span.rename('late')
    span.fail('late')
    span.succeed()
    assert.equal(span.isRecording, false)
    assert.equal(spans.records.length, 1)
    const [record] = spans.records
    assert.deepEqual(record?.attributes, ['kept', 1])
    assert.deepEqual([record?.name, record?.status, record?.events, record?.links], ['work', 'unset', [], []])
  })

  it('continues the caller’s trace and passes its state on', () => {
    const { spans, tracer } = bench()
    tracer.start('work', { parent: caller }).end()
    const [record] = spans.records
    assert.equal(record?.context.traceId, caller.traceId)
    assert.equal(record?.context.traceState, 'x=1')
    assert.equal(record?.context.hasRandomTraceId, false)
    assert.deepEqual([record?.parentSpanId, record?.hasRemoteParent], [caller.spanId, true])
  })

  it('is the child of the current span unless it shall begin a trace', () => {
    const { spans, tracer } = bench()
    const outer = tracer.start('outer')
    new Context().set(currentSpan, outer).run(() => {
      tracer.start('inner').end()
      tracer.start('own', { isRoot: true }).end()
    })
    const [inner, own] = spans.records
    assert.deepEqual([inner?.parentSpanId, inner?.hasRemoteParent], [outer.context.spanId, false])
    assert.equal(own?.parentSpanId, undefined)
    assert.notEqual(own?.context.traceId, outer.context.traceId)
  })

  it('has times with fractions that follow the machine’s when that is set', async () => {
    const moved = new ManualClock()
    const spans = new MemorySpans()
    const tracer = createTracer({ sink: spans, clock: moved })
    const startMs = moved.now()
    const span = tracer.start('work')
    await moved.advance(1.25)
    span.end()
    assert.deepEqual([spans.records[0]?.startMs, spans.records[0]?.endMs], [startMs, startMs + 1.25])
  })

  it('never ends before it began', () => {
    const { spans, tracer } = bench()
    tracer.start('work', { startedMs: clock.monotonic() + 5 }).end()
    const [record] = spans.records
    assert.equal(record?.endMs, record?.startMs)
  })

  const statuses = [
    { say: () => {}, expected: ['unset', ''], why: 'nobody said anything' },
    { say: (span: Span) => span.fail(), expected: ['error', ''], why: 'failed without a reason' },
    { say: (span: Span) => span.fail('timeout'), expected: ['error', 'timeout'], why: 'with a text' },
    { say: (span: Span) => span.fail(new TypeError('bad')), expected: ['error', 'bad'], why: 'with an error' },
    { say: (span: Span) => span.succeed(), expected: ['ok', ''], why: 'a success that was said' },
    {
      say: (span: Span) => {
        span.succeed()
        span.fail('late')
      },
      expected: ['ok', ''],
      why: 'a success that was said is final',
    },
    {
      say: (span: Span) => {
        span.fail('early')
        span.succeed()
      },
      expected: ['ok', ''],
      why: 'and overrules what came before',
    },
  ]
  for (const { say, expected, why } of statuses) {
    it(`has a status: ${why}`, () => {
      const { spans, tracer } = bench()
      const span = tracer.start('work')
      say(span)
      span.end()
      assert.deepEqual([spans.records[0]?.status, spans.records[0]?.statusText], expected)
    })
  }

  it('survives whatever was thrown', () => {
    const { spans, tracer } = bench()
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no access')
      },
    })
    for (const thrown of [undefined, null, 'text', 7, {}, hostile]) {
      const span = tracer.start('work')
      span.fail(thrown)
      span.exception(thrown)
      span.end()
    }
    assert.equal(spans.records.length, 6)
  })
})

describe('a span is bounded', () => {
  it('in attributes: those beyond are counted, those that are there can still be changed', () => {
    const { spans, tracer } = bench({ maxAttributes: 2 })
    const span = tracer.start('work', { attributes: { a: 1, left: undefined } })
    span.set('b', 1)
    span.set('c', 1)
    span.set('a', 2)
    span.end()
    assert.deepEqual(spans.records[0]?.attributes, ['a', 2, 'b', 1])
    assert.equal(spans.records[0]?.droppedAttributes, 1)
  })

  it('in events, links, and what those say', () => {
    const { spans, tracer } = bench({ maxEvents: 1, maxLinks: 1, maxInnerAttributes: 1 })
    const span = tracer.start('work', { links: [{ context: caller, attributes: { a: 1, b: 2 } }] })
    span.link({ context: caller })
    span.event('one', { a: 1, b: 2 })
    span.event('two')
    span.end()
    const [record] = spans.records
    assert.deepEqual(
      [record?.events.length, record?.droppedEvents, record?.links.length, record?.droppedLinks],
      [1, 1, 1, 1],
    )
    assert.deepEqual([record?.events[0]?.attributes, record?.events[0]?.droppedAttributes], [['a', 1], 1])
    assert.deepEqual([record?.links[0]?.attributes, record?.links[0]?.droppedAttributes], [['a', 1], 1])
  })

  it('in the length of texts and lists, also of its name and its failure', () => {
    const { spans, tracer } = bench({ maxValueLength: 3, maxListLength: 2 })
    const span = tracer.start('12345')
    span.set('text', 'abcdef')
    span.set('list', ['abcdef', 'b', 'c'])
    span.fail('abcdef')
    span.end()
    const [record] = spans.records
    assert.deepEqual(record?.attributes, ['text', 'abc', 'list', ['abc', 'b']])
    assert.deepEqual([record?.name, record?.statusText], ['123', 'abc'])
  })

  it('in kinds of values: what types forbid is left out', () => {
    const { spans, tracer } = bench()
    const span = tracer.start('work')
    for (const value of [undefined, null, {}, () => {}, 7n, Symbol('x')]) span.set('odd', value as unknown as string)
    span.set('list', [1, {}, null] as unknown as string[])
    span.end()
    assert.deepEqual(spans.records[0]?.attributes, ['list', [1]])
  })
})

describe('a trace that is not kept', () => {
  it('still has ids, its own below the caller’s, and says that it is not sampled', () => {
    const { spans, tracer } = bench({}, alwaysOff)
    const span = tracer.start('work', { parent: caller })
    const inner = span.child('inner')
    inner.set('a', 1)
    inner.end()
    span.end()
    const { traceId, sampled, traceState } = inner.context
    assert.deepEqual([traceId, sampled, traceState], [caller.traceId, false, 'x=1'])
    assert.equal(new Set([caller.spanId, span.context.spanId, inner.context.spanId]).size, 3)
    assert.deepEqual(spans.records, [])
  })

  it('is decided once: nothing below it is recorded', () => {
    const { spans, tracer } = bench({}, parentBased(traceIdRatio(0)))
    traced('outer', { tracer }, () => traced('inner', { tracer }, () => {}))
    assert.deepEqual(spans.records, [])
  })
})

describe('traced', () => {
  it('returns what the work returns, at once or later, and ends the span behind it', async () => {
    const { spans, tracer } = bench()
    assert.equal(
      traced('now', { tracer }, () => 7),
      7,
    )
    const { promise, resolve } = Promise.withResolvers<string>()
    const later = traced('later', { tracer }, () => promise)
    assert.deepEqual(
      spans.records.map(({ name }) => name),
      ['now'],
    )
    resolve('done')
    assert.equal(await later, 'done')
    assert.deepEqual(
      spans.records.map(({ name }) => name),
      ['now', 'later'],
    )
  })

  it('fails the span with what the work throws, and throws it on', async () => {
    const { spans, tracer } = bench()
    const error = new RangeError('too many')
    assert.throws(
      () =>
        traced('now', { tracer }, () => {
          throw error
        }),
      error,
    )
    await assert.rejects(
      traced('later', { tracer }, async () => {
        throw error
      }),
      error,
    )
    assert.deepEqual(
      spans.records.map(({ status, statusText }) => [status, statusText]),
      [
        ['error', 'too many'],
        ['error', 'too many'],
      ],
    )
  })

  it('nests through awaits and keeps concurrent work apart', async () => {
    const { spans, tracer } = bench()
    await traced('root', { tracer }, async () => {
      const branch = (name: string) =>
        traced(name, async () => {
          await Promise.resolve()
          await traced(`${name}.inner`, async () => {})
        })
      await Promise.all([branch('a'), branch('b')])
    })
    const byName = new Map(spans.records.map((record) => [record.name, record]))
    const parentOf = (name: string): string | undefined => byName.get(name)?.parentSpanId
    const idOf = (name: string): string | undefined => byName.get(name)?.context.spanId
    assert.deepEqual(['a', 'b', 'a.inner', 'b.inner'].map(parentOf), ['root', 'root', 'a', 'b'].map(idOf))
  })
})
