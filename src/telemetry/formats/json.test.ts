import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { Context } from '../../foundation/context/context.ts'
import { createJsonLogger } from '../json-logger.ts'
import { createNoopTracer } from '../noop-tracer.ts'
import { MemorySink } from '../sinks/memory.ts'
import { currentSpan } from '../tracer.ts'
import type { JsonPreset } from './json.ts'

const clock = new ManualClock(Date.UTC(2030, 0, 1))
const span = createNoopTracer().start('GET /orders')

function line(preset: JsonPreset, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const sink = new MemorySink()
  const log = createJsonLogger({ sink, clock, preset, fields: { service: 'orders', version: '1.2.3' } })
  new Context().set(currentSpan, span).run(() => log.info('placed', fields))
  return sink.records[0] ?? {}
}

describe('the names of a line', () => {
  const { traceId, spanId } = span.context
  const rows: { preset: JsonPreset; expected: object; why: string }[] = [
    {
      preset: 'ecs',
      expected: {
        '@timestamp': '2030-01-01T00:00:00.000Z',
        'log.level': 'info',
        message: 'placed',
        'ecs.version': '8.11.0',
        'service.name': 'orders',
        'service.version': '1.2.3',
        'trace.id': traceId,
        'span.id': spanId,
        orderId: 17,
      },
      why: 'as the Elastic Common Schema has them',
    },
    {
      preset: 'loki',
      expected: {
        ts: '2030-01-01T00:00:00.000Z',
        level: 'info',
        msg: 'placed',
        service_name: 'orders',
        service_version: '1.2.3',
        trace_id: traceId,
        span_id: spanId,
        orderId: 17,
      },
      why: 'as Loki looks for them',
    },
  ]
  for (const { preset, expected, why } of rows) {
    it(`${preset}: ${why}`, () => assert.deepEqual(line(preset, { orderId: 17 }), expected))
  }

  it('ecs: an error is type, message, code and stack, never an object', () => {
    const error = Object.assign(new TypeError('no tea'), { code: 'OUT' })
    const { 'error.stack_trace': stack, ...rest } = line('ecs', { error, other: new Error('x') })
    assert.equal(rest['error.type'], 'TypeError')
    assert.equal(rest['error.message'], 'no tea')
    assert.equal(rest['error.code'], 'OUT')
    assert.match(String(stack), /no tea/)
    assert.equal(rest['other.error.message'], 'x')
  })
})

it('what a field or the head of a line was in the line before is never told again of this one', async () => {
  const sink = new MemorySink()
  const time = new ManualClock(Date.UTC(2030, 0, 1))
  const log = createJsonLogger({ sink, clock: time, fields: { service: 'orders' } })
  const part = log.child({ part: 'http' })
  log.info('placed', { status: 200, route: '/orders', note: 'a' })
  log.info('placed', { status: '200', route: '/orders', note: null })
  part.info('placed', { status: 201, route: '/orders', note: ['a'] })
  log.warn('placed', { status: 201, route: '/orders/:id', note: 'a'.repeat(80) })
  await time.advance(1)
  log.warn('refused', { status: 201, note: 'a'.repeat(79).concat('b') })
  const rows = sink.records.map(({ time: at, level, message, service: _, ...fields }) => [at, level, message, fields])
  assert.deepEqual(rows, [
    ['2030-01-01T00:00:00.000Z', 'info', 'placed', { status: 200, route: '/orders', note: 'a' }],
    ['2030-01-01T00:00:00.000Z', 'info', 'placed', { status: '200', route: '/orders', note: null }],
    ['2030-01-01T00:00:00.000Z', 'info', 'placed', { part: 'http', status: 201, route: '/orders', note: ['a'] }],
    ['2030-01-01T00:00:00.000Z', 'warn', 'placed', { status: 201, route: '/orders/:id', note: 'a'.repeat(80) }],
    ['2030-01-01T00:00:00.001Z', 'warn', 'refused', { status: 201, note: 'a'.repeat(79).concat('b') }],
  ])
})
