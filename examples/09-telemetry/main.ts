/**
 * telemetry: lines with fields, metrics that Prometheus reads, and trace ids that travel.
 *
 *   prints orders_placed_total{country="NL"} 2
 *   prints 00-0af7651916cd43dd8448eb211c80319c-
 *   prints "message":"order placed"
 *   prints "password":"[redacted]"
 *   ends
 *
 * Lines of the log are gathered and written together, so they come last here.
 */
import {
  createJsonLogger,
  formatTraceparent,
  noopTracer,
  parseTraceContext,
  prometheusText,
  Registry,
} from 'genever/telemetry'

const log = createJsonLogger({ fields: { service: 'orders' } })
log.info('order placed', { sku: 'tea', password: 'hunter2' })

const meter = new Registry()
const placed = meter.counter({ name: 'orders_placed_total', help: 'Orders placed.', labels: ['country'] })
const fromNetherlands = placed.labels({ country: 'NL' })
fromNetherlands.add()
fromNetherlands.add()
console.log(prometheusText(meter.snapshot()))

const caller = parseTraceContext('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
const span = noopTracer.start('GET /orders', { kind: 'server', parent: caller })
console.log(formatTraceparent(span.context))
