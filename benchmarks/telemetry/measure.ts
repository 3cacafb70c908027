/** What one span, log line and observation take, in this runtime: prints the figures as JSON. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  alwaysOff,
  alwaysOn,
  BatchExporter,
  createJsonLogger,
  createTracer,
  ProtobufSpanEncoder,
  Registry,
  type TraceContext,
} from 'genever/telemetry'
import type { Peers } from './peers.ts'

/** A round is shorter than a neighbour's turn on a busy core, so that the best one was not disturbed. */
const rounds = 300
const callsInRound = 1_000
const batch = 512
const peers: Peers = await import(pathToFileURL(join(process.argv[2] ?? '.', 'peers.mjs')).href)

let value = 0
let lines = 0

/** What the span of a request says. */
const said = {
  'http.request.method': 'GET',
  'http.route': '/orders/:id',
  'url.path': '/orders/4711',
  'url.scheme': 'http',
  'server.address': '127.0.0.1',
  'server.port': 8080,
  'client.address': '127.0.0.1',
  'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
}
const attributes = Object.entries(said)
const trace: TraceContext = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: true }

const cases: readonly (readonly [what: string, by: string, run: () => void])[] = [
  ['span, kept: 9 attributes, to protobuf', 'Genever', ourSpans(true)],
  ['span, kept: 9 attributes, to protobuf', 'OpenTelemetry', theirSpans(new peers.AlwaysOnSampler())],
  ['span, not kept', 'Genever', ourSpans(false)],
  ['span, not kept', 'OpenTelemetry', theirSpans(new peers.AlwaysOffSampler())],
  ['log line: 7 fields', 'Genever', ourLines()],
  ['log line: 7 fields', 'pino', theirLines()],
  ['observation of a histogram with 2 labels', 'Genever', ourObservations(undefined)],
  ['observation of a histogram with 2 labels', 'prom-client', promObservations()],
  ['observation of a histogram with 2 labels', 'OpenTelemetry', theirObservations()],
  ['the same with an exemplar', 'Genever', ourObservations(trace)],
  ['the least: a ready line of 330 bytes to a pipe, alone', 'kernel', writesOf(1)],
  ['the same, twelve of them together', 'kernel', writesOf(12)],
]

const figures = cases.map(([what, by, run]) => ({ what, by, ns: Math.round(bestOf(run)) }))
console.log(JSON.stringify(figures))
process.exit(0)

function ourSpans(kept: boolean): () => void {
  const sink = new BatchExporter({
    signal: 'traces',
    encoder: new ProtobufSpanEncoder({ 'service.name': 'benchmark' }),
    limits: { maxBatchItems: batch, maxConcurrent: 1e9 },
    send: async () => ({ kind: 'accepted', rejected: 0 }),
  })
  const tracer = createTracer({ sink, sampler: kept ? alwaysOn : alwaysOff })
  return () => {
    const span = tracer.start('GET /orders/:id', { kind: 'server', isRoot: true })
    if (span.isRecording) for (const [name, value] of attributes) span.set(name, value)
    span.set('http.response.status_code', 200)
    span.end()
  }
}

/** Their batch processor waits for timers, which a loop like ours does not let run; this one does the same work at once. */
function theirSpans(sampler: unknown): () => void {
  let ended: unknown[] = []
  const processor = {
    onStart() {},
    onEnd(span: unknown) {
      ended.push(span)
      if (ended.length < batch) return
      peers.ProtobufTraceSerializer.serializeRequest(ended)
      ended = []
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const resource = peers.resourceFromAttributes({ 'service.name': 'benchmark' })
  const tracer = new peers.TracerProvider({ sampler, spanProcessors: [processor], resource }).getTracer('benchmark')
  return () => {
    const span = tracer.startSpan('GET /orders/:id', { kind: peers.SpanKind.SERVER }, peers.ROOT_CONTEXT)
    if (span.isRecording()) for (const [name, value] of attributes) span.setAttribute(name, value)
    span.setAttribute('http.response.status_code', 200)
    span.end()
  }
}

/** Of a request: where it came, how long it took and its id differ from line to line, the rest seldom does. */
function lineFields(): Record<string, unknown> {
  const n = lines++
  return {
    method: 'GET',
    path: `/orders/${n & 0xffff}`,
    route: '/orders/:id',
    status: 200,
    duration_ms: (n & 0x3ff) / 1_000,
    ip: '127.0.0.1',
    request_id: `0af7651916cd43dd${n}`,
  }
}

function ourLines(): () => void {
  const sink = { write: () => true, flush() {} }
  const log = createJsonLogger({ sink, fields: { service: 'benchmark', version: '1.0.0' } })
  return () => log.info('request', lineFields())
}

function theirLines(): () => void {
  const log = peers.pino({ base: { service: 'benchmark', version: '1.0.0' } }, { write() {} })
  return () => log.info(lineFields(), 'request')
}

function ourObservations(exemplar: TraceContext | undefined): () => void {
  const histogram = new Registry().histogram({ name: 'a_seconds', help: 'A.', labels: ['method', 'route'] })
  return () => histogram.labels({ method: 'GET', route: '/orders/:id' }).observe(nextValue(), exemplar)
}

function promObservations(): () => void {
  const { Histogram, Registry: PromRegistry } = peers.promClient
  const registers = [new PromRegistry()]
  const histogram = new Histogram({ name: 'a_seconds', help: 'A.', labelNames: ['method', 'route'], registers })
  return () => histogram.observe({ method: 'GET', route: '/orders/:id' }, nextValue())
}

function theirObservations(): () => void {
  const histogram = new peers.MeterProvider().getMeter('benchmark').createHistogram('a_seconds')
  return () => histogram.record(nextValue(), { method: 'GET', route: '/orders/:id' })
}

/** What nobody gets below who writes lines: encoding one that is there already, and its share of a write to a pipe that is read. */
function writesOf(lines: number): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'genever-pipe-'))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reader = spawn('cat', [pipe], { stdio: 'ignore' })
  const fd = openSync(pipe, 'w')
  process.once('exit', () => {
    reader.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  const line = `${'x'.repeat(329)}\n`
  const bytes = Buffer.alloc(lines * 330)
  let text = ''
  let count = 0
  return () => {
    text += line
    if (++count % lines !== 0) return
    writeSync(fd, bytes, 0, bytes.write(text))
    text = ''
  }
}

function nextValue(): number {
  value = (value + 0.0017) % 1
  return value
}

/** Nanoseconds of one call in the best round. */
function bestOf(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now()
    for (let i = 0; i < callsInRound; i++) run()
    best = Math.min(best, ((performance.now() - startedMs) * 1e6) / callsInRound)
  }
  return best
}
