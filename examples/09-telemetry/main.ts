/**
 * telemetry: lines with fields, metrics that Prometheus reads, and spans of a trace that travels.
 *
 *   prints orders_placed_total{country="NL"} 2
 *   prints 00-0af7651916cd43dd8448eb211c80319c-
 *   prints reserve, POST /orders: one trace
 *   prints "message":"order placed"
 *   prints "password":"[redacted]"
 *   ends
 *
 * Lines of the log are gathered and written together, so they come last here.
 */
import {
  createJsonLogger,
  createTracer,
  MemorySpans,
  parseTraceContext,
  prometheusText,
  Registry,
  traced,
} from 'genever/telemetry'

const log = createJsonLogger({ fields: { service: 'orders' } })
log.info('order placed', { sku: 'tea', password: 'hunter2' })

const meter = new Registry()
const placed = meter.counter({ name: 'orders_placed_total', help: 'Orders placed.', labels: ['country'] })
const fromNetherlands = placed.labels({ country: 'NL' })
fromNetherlands.add()
fromNetherlands.add()
console.log(prometheusText(meter.snapshot()))

const spans = new MemorySpans()
const tracer = createTracer({ sink: spans })
const parent = parseTraceContext('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
traced('POST /orders', { tracer, kind: 'server', parent }, (span) => {
  const headers = new Map<string, string>()
  span.inject(headers)
  console.log(headers.get('traceparent'))
  traced('reserve', { attributes: { sku: 'tea' } }, (inner) => inner.event('reserved', { left: 3 }))
})
const traces = new Set(spans.records.map(({ context }) => context.traceId))
console.log(`${spans.records.map(({ name }) => name).join(', ')}: ${traces.size === 1 ? 'one trace' : 'several'}`)
