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
import { createService } from 'genever'
import { z } from 'zod'
import { openTelemetryLayer } from './open-telemetry-layer.ts'

const { WATCH = 'none', RECEIVER = '', PEERS = '.' } = process.env
const [by = 'none', percent = '0'] = WATCH.split('-')
const ratio = Number(percent) / 100
const silent = { metrics: false, tracing: false, requestId: false, accessLog: false }

const service = createService({
  name: 'benchmark',
  // What is measured is the cost of what it answers; a busy machine must not make it refuse.
  shedding: false,
  middleware: layers(),
  // As the other side does it: spans by OTLP, lines on standard output, metrics for whoever scrapes them.
  ...(by === 'genever' && {
    telemetry: { otlp: { endpoint: RECEIVER }, logs: false, metrics: false, traces: { ratio } },
  }),
})
const app = service.http
if (by === 'otel') app.use(await openTelemetryLayer({ peers: PEERS, receiver: RECEIVER, ratio }))

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
