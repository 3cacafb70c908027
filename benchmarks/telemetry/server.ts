/**
 * One server, seven ways to watch it.
 *
 *   WATCH   none · metrics · log (and metrics) · genever-10 · genever-100 (and both) · otel-10 · otel-100
 *           the number is the share of requests that are traced, in %
 *   RECEIVER   where OTLP goes        PEERS   the folder of the packages that are measured beside
 *
 * Watched means the same for both: a span by OpenTelemetry's conventions, exported by OTLP (protobuf); rate, errors and duration
 * by route; a log line for each request on standard output.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createService } from 'genever'
import type { Middleware } from 'genever/http'
import { z } from 'zod'
import type { Peers } from './peers.ts'

const { WATCH = 'none', RECEIVER = '', PEERS = '.' } = process.env
const [by = 'none', percent = '0'] = WATCH.split('-')
const ratio = Number(percent) / 100
const silent = { metrics: false, tracing: false, requestId: false, accessLog: false }

const service = createService({
  name: 'benchmark',
  // What is measured is the cost of what it answers; a busy machine must not make it refuse.
  shedding: false,
  middleware: layers(),
  ...(by === 'genever' && { telemetry: { otlp: { endpoint: RECEIVER }, traces: { ratio } } }),
})
const app = service.http
if (by === 'otel') app.use(await openTelemetry())

const Message = z.object({ message: z.string() })
app.get('/ping', { responses: { 200: Message } }, () => ({ message: 'pong' }))

const Order = z.object({
  id: z.int().min(1),
  name: z.string().min(2).max(50),
  email: z.email(),
  age: z.int().min(18).max(120),
  quantity: z.int().min(1).max(1_000),
  price: z.number().positive(),
  currency: z.enum(['USD', 'EUR', 'CNY']),
  address: z.string().min(5),
  phone: z.string().min(7).max(20),
  active: z.boolean(),
})
app.post('/orders', { body: Order, responses: { 200: Order } }, (c) => c.body)

await service.run()

/** What a service has by itself, unless it is nothing, or another's. */
function layers() {
  if (by === 'none' || by === 'otel') return silent
  return { accessLog: by !== 'metrics', tracing: by === 'genever' }
}

/** The SDK, prom-client and pino in a layer that does what ours do. */
async function openTelemetry(): Promise<Middleware> {
  const peers: Peers = await import(pathToFileURL(join(PEERS, 'peers.mjs')).href)
  const exporter = new peers.OTLPTraceExporter({ url: `${RECEIVER}/v1/traces` })
  const provider = new peers.TracerProvider({
    resource: peers.resourceFromAttributes({ 'service.name': 'benchmark' }),
    sampler: new peers.ParentBasedSampler({ root: new peers.TraceIdRatioBasedSampler(ratio) }),
    // Its usual queue of 2,048 would drop most of the spans at this rate, and be cheaper for it.
    spanProcessors: [
      new peers.BatchSpanProcessor({
        exporter,
        maxQueueSize: 65_536,
        maxExportBatchSize: 1_024,
        scheduledDelayMillis: 100,
      }),
    ],
  })
  const tracer = provider.getTracer('benchmark')
  const registers = [new peers.promClient.Registry()]
  const requests = new peers.promClient.Counter({
    name: 'http_requests_total',
    help: 'Requests.',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new peers.promClient.Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time.',
    labelNames: ['method', 'route'],
    registers,
  })
  const log = peers.pino({ base: { service: 'benchmark', version: '0.0.0' } })
  return async (c, next) => {
    const startedMs = performance.now()
    const route = c.route?.path ?? 'unmatched'
    const { method } = c
    const span = tracer.startSpan(`${method} ${route}`, { kind: peers.SpanKind.SERVER }, peers.ROOT_CONTEXT)
    if (span.isRecording()) {
      span.setAttribute('http.request.method', method)
      span.setAttribute('http.route', route)
      span.setAttribute('url.path', c.path)
      span.setAttribute('url.scheme', c.scheme)
      span.setAttribute('server.address', c.host)
      span.setAttribute('client.address', c.ip)
    }
    const reply = await next()
    const { status } = reply
    span.setAttribute('http.response.status_code', status)
    span.end()
    const durationMs = performance.now() - startedMs
    requests.inc({ method, route, status: String(status) })
    durations.observe({ method, route }, durationMs / 1_000)
    const fields = { method, path: c.path, route, status, duration_ms: durationMs, ip: c.ip, request_id: c.id }
    log.info(fields, 'request')
    return reply
  }
}
