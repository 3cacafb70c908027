/** Code written against `@opentelemetry/api`, as libraries have it, over our tracer. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { Context, currentContext } from '../../foundation/context/context.ts'
import { baggageValue, withBaggage } from '../baggage.ts'
import { createTracer } from '../create-tracer.ts'
import { MemorySpans } from '../exporters/memory-spans.ts'
import type { SpanRecord } from '../span-record.ts'
import { traced } from '../traced.ts'
import { currentSpan } from '../tracer.ts'
import { bridgeOpenTelemetry } from './bridge.ts'

const spans = new MemorySpans()
const tracer = createTracer({ sink: spans })
const library = trace.getTracer('library', '1.2.3')
let end: () => void

before(async () => {
  end = await bridgeOpenTelemetry({ tracer })
})
after(() => end())
beforeEach(() => {
  spans.records.length = 0
})

function record(name: string): SpanRecord {
  const found = spans.records.find((span) => span.name === name)
  assert.ok(found, `there is no span '${name}'`)
  return found
}

describe('a library’s span', () => {
  it('is one of ours, below ours, above ours, in one trace and under the library’s name', async () => {
    await traced('request', { tracer }, () =>
      library.startActiveSpan('query', { kind: SpanKind.CLIENT, attributes: { rows: 3 } }, async (span) => {
        await Promise.resolve()
        traced('parse', { tracer }, () => {})
        span.end()
      }),
    )
    const [request, query, parse] = ['request', 'query', 'parse'].map(record)
    assert.deepEqual([query?.parentSpanId, parse?.parentSpanId], [request?.context.spanId, query?.context.spanId])
    assert.equal(new Set([request, query, parse].map((span) => span?.context.traceId)).size, 1)
    assert.deepEqual(query?.scope, { name: 'library', version: '1.2.3' })
    assert.deepEqual([query?.kind, query?.attributes], ['client', ['rows', 3]])
  })

  it('says all that the API lets it say', () => {
    const linked = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
    const startTime = new Date(Date.now() - 5_000)
    const span = library.startSpan('work', { startTime, links: [{ context: linked }] })
    span
      .setAttribute('a', 1)
      .setAttributes({ b: ['x'], c: undefined as unknown as string })
      .updateName('renamed')
    span.addEvent('plain').addEvent('at a time', startTime).addEvent('with both', { n: 1 }, startTime)
    span.addLink({ context: linked, attributes: { again: true } })
    span.recordException(new RangeError('too many'))
    span.recordException('just text')
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'gave up' })
    assert.equal(span.isRecording(), true)
    span.end(new Date(startTime.getTime() + 1_000))
    assert.equal(span.isRecording(), false)
    const { attributes, events, links, startMs, endMs, status, statusText } = record('renamed')
    assert.deepEqual(attributes, ['a', 1, 'b', ['x']])
    assert.deepEqual(
      events.map(({ name }) => name),
      ['plain', 'at a time', 'with both', 'exception', 'exception'],
    )
    assert.ok(Math.abs((events[1]?.timeMs ?? 0) - startTime.getTime()) < 50)
    assert.deepEqual(events[2]?.attributes, ['n', 1])
    assert.deepEqual(events[3]?.attributes.slice(0, 4), [
      'exception.type',
      'RangeError',
      'exception.message',
      'too many',
    ])
    assert.equal(links.length, 2)
    assert.deepEqual([status, statusText], ['error', 'gave up'])
    assert.ok(Math.abs(startMs - startTime.getTime()) < 50)
    assert.ok(Math.abs(endMs - startMs - 1_000) < 50)
  })

  it('begins a trace where it shall, or where nothing runs', () => {
    traced('request', { tracer }, () => library.startSpan('own', { root: true }).end())
    library.startSpan('alone').end()
    assert.deepEqual([record('own').parentSpanId, record('alone').parentSpanId], [undefined, undefined])
  })

  it('continues a remote context that the library has read itself', () => {
    const remote = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1, isRemote: true }
    const parent = trace.setSpanContext(ROOT_CONTEXT, remote)
    library.startSpan('consume', {}, parent).end()
    context.with(parent, () => traced('inside', { tracer }, () => {}))
    for (const name of ['consume', 'inside']) {
      const { context: ids, parentSpanId, hasRemoteParent } = record(name)
      assert.deepEqual([ids.traceId, parentSpanId, hasRemoteParent], [remote.traceId, remote.spanId, true], name)
    }
  })
})

describe('the active span', () => {
  it('is ours, and what is said of it is said of ours', () => {
    traced('request', { tracer }, (own) => {
      const seen = trace.getActiveSpan()
      assert.equal(seen?.spanContext().spanId, own.context.spanId)
      assert.equal(trace.getActiveSpan(), seen)
      seen?.setAttribute('from', 'library')
    })
    assert.deepEqual(record('request').attributes, ['from', 'library'])
    assert.equal(trace.getActiveSpan(), undefined)
  })

  it('is the library’s own inside of it, for both sides', () => {
    library.startActiveSpan('query', (span: Span) => {
      assert.equal(trace.getActiveSpan(), span)
      assert.equal(currentContext()?.get(currentSpan)?.context.spanId, span.spanContext().spanId)
      span.end()
    })
  })

  it('can be put away, for a while', () => {
    traced('request', { tracer }, () => {
      context.with(trace.deleteSpan(context.active()), () => {
        assert.equal(trace.getActiveSpan(), undefined)
        traced('apart', { tracer }, () => {})
      })
      context.with(ROOT_CONTEXT, () => assert.equal(trace.getActiveSpan(), undefined))
      assert.notEqual(trace.getActiveSpan(), undefined)
    })
    assert.equal(record('apart').parentSpanId, undefined)
  })
})

describe('context', () => {
  it('carries the library’s values through ours, and ours through the library’s', async () => {
    const key = Symbol('tenant')
    const own = new Context()
    await own.run(() =>
      context.with(context.active().setValue(key, 'acme'), async () => {
        await Promise.resolve()
        assert.equal(currentContext()?.parent, own)
        assert.equal(context.active().getValue(key), 'acme')
        traced('work', { tracer }, () => assert.equal(context.active().getValue(key), 'acme'))
        assert.equal(context.active().deleteValue(key).getValue(key), undefined)
      }),
    )
    assert.equal(context.active().getValue(key), undefined)
  })

  it('is bound to functions, with their arguments and their this', () => {
    const bound = traced('request', { tracer }, () =>
      context.bind(context.active(), function (this: { factor: number }, x: number) {
        return [x * this.factor, trace.getActiveSpan()?.spanContext().spanId]
      }),
    )
    assert.deepEqual(bound.call({ factor: 2 }, 21), [42, record('request').context.spanId])
  })
})

describe('propagation', () => {
  it('writes and reads the formats of our service, baggage included', () => {
    const headers: Record<string, string> = {}
    traced('request', { tracer }, (span) => {
      withBaggage({ tenant: 'acme' }, () => propagation.inject(context.active(), headers))
      assert.equal(headers.traceparent?.slice(3, 52), `${span.context.traceId}-${span.context.spanId}`)
    })
    assert.equal(headers.baggage, 'tenant=acme')
    context.with(propagation.extract(ROOT_CONTEXT, { ...headers, tracestate: 'x=1' }), () => {
      assert.equal(baggageValue('tenant'), 'acme')
      assert.equal(propagation.getActiveBaggage()?.getEntry('tenant')?.value, 'acme')
      library.startSpan('served').end()
    })
    const { context: ids, hasRemoteParent } = record('served')
    assert.deepEqual([ids.traceState, hasRemoteParent], ['x=1', true])
  })
})

it('whoever comes second is told, and what the first one registered stays', async () => {
  await assert.rejects(bridgeOpenTelemetry({ tracer }), { code: 'OPENTELEMETRY_TAKEN' })
  library.startSpan('still').end()
  assert.equal(record('still').name, 'still')
})
