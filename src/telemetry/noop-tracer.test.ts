import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from '../foundation/context/context.ts'
import { createNoopTracer, noopTracer } from './noop-tracer.ts'
import { newSpanId, newTraceId } from './trace-ids.ts'
import { currentSpan, type TraceContext } from './tracer.ts'

const parent: TraceContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, traceState: 'v=1' }

describe('a span of the no-op tracer', () => {
  it('begins a trace whose id is random and says so', () => {
    const { context } = noopTracer.start('GET /')
    assert.match(context.traceId, /^[\da-f]{32}$/)
    assert.match(context.spanId, /^[\da-f]{16}$/)
    assert.deepEqual([context.sampled, context.hasRandomTraceId], [false, true])
    assert.equal(createNoopTracer({ sampled: true }).start('x').context.sampled, true)
  })

  it('continues the trace it is given, flags and tracestate included, under an id of its own', () => {
    const { context } = noopTracer.start('GET /', { parent })
    assert.deepEqual(context, { ...parent, spanId: context.spanId })
    assert.notEqual(context.spanId, parent.spanId)
  })

  it('continues the span of the running work otherwise', () => {
    const outer = noopTracer.start('outer', { parent })
    new Context().set(currentSpan, outer).run(() => {
      assert.equal(noopTracer.start('inner').context.traceId, parent.traceId)
    })
  })

  it('has one context, however often it is asked', () => {
    const span = noopTracer.start('x')
    const { context } = span
    span.set('http.route', '/')
    span.fail(new Error('x'))
    span.end()
    assert.equal(span.context, context)
  })
})

it('ids do not repeat, across refills of the pool, and are never all zero', () => {
  const ids = new Set(Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? newTraceId() : newSpanId())))
  assert.equal(ids.size, 10_000)
  for (const id of ids) assert.ok(/^([\da-f]{16}){1,2}$/.test(id) && !/^00/.test(id))
})
