/** The SDK, prom-client and pino in a layer that does what ours do. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Middleware } from 'genever/http'
import type { Peers } from './peers.ts'

export interface LayerOptions {
  /** The folder of the packages. */
  readonly peers: string
  /** Where OTLP goes. */
  readonly receiver: string
  /** Share of the requests that is traced. */
  readonly ratio: number
  /** Where lines go; default standard output. */
  readonly lines?: { write(line: string): void }
  /** In place of the exporter: called with every 512 spans. */
  readonly spans?: (peers: Peers, spans: unknown[]) => void
}

export async function openTelemetryLayer({
  peers: folder,
  receiver,
  ratio,
  lines,
  spans,
}: LayerOptions): Promise<Middleware> {
  const peers: Peers = await import(pathToFileURL(join(folder, 'peers.mjs')).href)
  const exporter = new peers.OTLPTraceExporter({ url: `${receiver}/v1/traces` })
  const provider = new peers.TracerProvider({
    resource: peers.resourceFromAttributes({ 'service.name': 'benchmark' }),
    sampler: new peers.ParentBasedSampler({ root: new peers.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [spans === undefined ? batches(peers, exporter) : handedTo((ended) => spans(peers, ended))],
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
  const log = peers.pino({ base: { service: 'benchmark', version: '0.0.0' } }, lines)
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

/** Its usual queue of 2,048 would drop most of the spans at this rate, and be cheaper for it. */
function batches(peers: Peers, exporter: unknown): unknown {
  return new peers.BatchSpanProcessor({
    exporter,
    maxQueueSize: 65_536,
    maxExportBatchSize: 1_024,
    scheduledDelayMillis: 100,
  })
}

function handedTo(take: (spans: unknown[]) => void): unknown {
  let ended: unknown[] = []
  return {
    onStart() {},
    onEnd(span: unknown) {
      ended.push(span)
      if (ended.length < 512) return
      take(ended)
      ended = []
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}
