/**
 * What the layers of telemetry add to a request that never leaves this process: router, onion, handler and answer, without the
 * kernel. Prints nanoseconds as JSON, the best of 300 short rounds: it holds on a busy machine, too. Each way of watching is
 * measured in a process of its own, as a service knows only one; without its number the names are printed.
 */
import { createApp, type Middleware } from 'genever/http'
import { accessLog, metrics, recover, requestId, tracing } from 'genever/middleware'
import {
  createJsonLogger,
  createTracer,
  ProtobufSpanEncoder,
  parentBased,
  Registry,
  traceIdRatio,
} from 'genever/telemetry'
import { exchangeInMemory } from 'genever/wire'
import { openTelemetryLayer } from './open-telemetry-layer.ts'

const rounds = 300
const callsInRound = 300
const batch = 512
const peers = process.argv[2] ?? '.'

const log = createJsonLogger({ sink: { write: () => true, flush() {} } })
const lines = { write() {} }

const variants: Readonly<Record<string, () => readonly Middleware[] | Promise<readonly Middleware[]>>> = {
  'not watched': () => [recover({ log })],
  'Genever: metrics': () => ours([]),
  'metrics, access log': () => ours([accessLog({ log })]),
  'metrics, access log, 10 % traced': () => ours([traced(0.1), accessLog({ log })]),
  'metrics, access log, 100 % traced': () => ours([traced(1), accessLog({ log })]),
  'OpenTelemetry, pino, prom-client: 10 % traced': () => theirs(0.1),
  '100 % traced': () => theirs(1),
}

const [, make] = Object.entries(variants)[Number(process.argv[3])] ?? []
if (make === undefined) console.log(JSON.stringify(Object.keys(variants)))
else console.log(JSON.stringify(Math.round(await bestOf(appOf(await make())))))
process.exit(0)

/** Nanoseconds of a request in the best round. */
async function bestOf(handler: ReturnType<typeof appOf>): Promise<number> {
  const request = { target: '/orders/7', headers: [['user-agent', 'Mozilla/5.0 (X11; Linux x86_64)'] as const] }
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now()
    let last: Promise<unknown> = Promise.resolve()
    for (let i = 0; i < callsInRound; i++) last = exchangeInMemory(request, { handler }).answer
    // A layer that waits comes to its end behind this.
    await last
    best = Math.min(best, ((performance.now() - startedMs) * 1e6) / callsInRound)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return best
}

function appOf(layers: readonly Middleware[]) {
  const app = createApp()
  app.use(...layers)
  app.get('/orders/:id', (c) => c.json({ id: c.params.id }))
  return app.handler
}

function ours(more: readonly Middleware[]): Middleware[] {
  return [...more.slice(0, -1), requestId(), ...more.slice(-1), metrics({ meter: new Registry() }), recover({ log })]
}

function traced(ratio: number): Middleware {
  const encoder = new ProtobufSpanEncoder({ 'service.name': 'benchmark' })
  const sink = {
    add(span: Parameters<typeof encoder.add>[0]) {
      encoder.add(span)
      if (encoder.count >= batch) encoder.take()
    },
  }
  return tracing({ tracer: createTracer({ sink, sampler: parentBased(traceIdRatio(ratio)) }) })
}

async function theirs(ratio: number): Promise<Middleware[]> {
  const layer = await openTelemetryLayer({
    peers,
    receiver: 'http://127.0.0.1:9',
    ratio,
    lines,
    spans: ({ ProtobufTraceSerializer }, spans) => ProtobufTraceSerializer.serializeRequest(spans),
  })
  return [layer, recover({ log })]
}
