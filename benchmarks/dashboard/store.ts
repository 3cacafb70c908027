/**
 * The dashboard's store under an hour of 1,000 spans a second and of metrics beside them, in a few minutes: memory of the process plus size of the file.
 *
 *   node benchmarks/dashboard/store.ts [seconds, default 3600] [spans a second, default 1000]
 *   bun benchmarks/dashboard/store.ts
 *
 * Time is turned by hand: in each simulated second the spans of some ninety orders through four services arrive, ids, paths and
 * durations different in each, and every five seconds the metrics of seven services, a hundred and twenty series each, as many as a
 * service of the shop has. Everything else is the store as it runs, with its file, filters and limits. Memory is that of
 * the whole process with the generator in it, which a real dashboard has not. It fails if the bound of 300 MB is broken.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventFeed } from '../../src/dashboard/live/event-feed.ts'
import type { MetricPoint } from '../../src/dashboard/otlp/metric-points.ts'
import type { Source } from '../../src/dashboard/otlp/source.ts'
import type { SpanRow } from '../../src/dashboard/otlp/spans.ts'
import { DashboardStore } from '../../src/dashboard/store/dashboard-store.ts'
import { openStore } from '../../src/dashboard/store/open-store.ts'
import { ManualClock } from '../../src/foundation/clock/manual-clock.ts'
import { preferSmallHeap } from '../../src/platform/small-heap.ts'
import { memoryOf } from '../harness/process-stats.ts'

const seconds = Number(process.argv[2] ?? 3_600)
const perSecond = Number(process.argv[3] ?? 1_000)
const boundMb = 300
const maxBytes = 192 * 1024 * 1024
/** As `genever dev` has services send them. */
const metricsEverySeconds = 5
const startMs = 1_796_000_000_000

await preferSmallHeap()
const folder = mkdtempSync(join(tmpdir(), 'genever-store-'))
const file = join(folder, 'dashboard.db')
const clock = new ManualClock(startMs)
const events = new EventFeed()
const store = new DashboardStore({
  ...{ sql: await openStore(file), clock, events, maxBytes, maxAgeMs: 86_400_000 },
  serviceAt: () => undefined,
  onFault(error) {
    throw error
  },
})
store.start()

const measuredServices = ['gateway', 'orders', 'inventory', 'users', 'payments', 'points', 'notifications']
const sources = new Map(['gateway', 'orders', 'inventory', 'users'].map((name) => [name, sourceOf(name)]))
const begunMs = performance.now()
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Number.POSITIVE_INFINITY]
let sent = 0
let points = 0
let highestRss = 0
let highestPrivate = 0
for (let second = 0; second < seconds; second++) {
  for (let step = 0; step < 4; step++) {
    const rows: SpanRow[] = []
    while (rows.length < perSecond / 4) rows.push(...orderTrace(clock.now() - 50))
    store.addSpans(rows)
    sent += rows.length
    await clock.advance(250)
  }
  if (second % metricsEverySeconds === 0) {
    const rows = measuredServices.flatMap((service) => metricsOf(service, second))
    store.addPoints(rows)
    points += rows.length
  }
  highestRss = Math.max(highestRss, process.memoryUsage.rss())
  if (second % 5 === 0) highestPrivate = Math.max(highestPrivate, privateMb())
  if (second % 300 === 299) report(second + 1)
}
const searchMs = await timeOf(() => store.spans.search({ service: 'orders', attribute: ['user.id=nobody'], limit: 50 }))
const latestMs = await timeOf(() => store.spans.search({ limit: 50 }))
store.stop()
const [fileMb, rssMb] = [sizeOf(file), highestRss / 1e6]
const totalMb = fileMb + highestPrivate
console.log(
  JSON.stringify({
    ...{ runtime: process.versions.bun === undefined ? `node ${process.version}` : `bun ${process.versions.bun}` },
    ...{
      seconds,
      spans: sent,
      keptSpans: store.spans.spans,
      points,
      series: store.metrics.series,
      fileMb: round(fileMb),
      privateMb: round(highestPrivate),
      rssMb: round(rssMb),
    },
    ...{ totalMb: round(totalMb), boundMb, bytesPerSpan: round((fileMb * 1e6) / store.spans.spans) },
    ...{ microsecondsPerSpan: round(((performance.now() - begunMs) * 1_000) / sent) },
    ...{ searchInVainMs: round(searchMs), latestMs: round(latestMs) },
  }),
)
rmSync(folder, { recursive: true, force: true })
if (totalMb > boundMb) {
  console.error(`the bound of ${boundMb} MB is broken`)
  process.exitCode = 1
}

function report(second: number): void {
  const now = `${round(sizeOf(file))} MB file, ${round(privateMb())} MB memory, ${round(process.memoryUsage.rss() / 1e6)} MB with the runtime`
  console.error(`${second} s: ${store.spans.spans} spans kept, ${now}`)
}

/** What this process alone has written to; pages of the runtime's own file are shared with all that run on it. */
function privateMb(): number {
  return (memoryOf(process.pid).privateKb * 1_024) / 1e6
}

/** With what stands beside it. */
function sizeOf(path: string): number {
  return (
    ['', '-wal', '-shm'].reduce(
      (sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0),
      0,
    ) / 1e6
  )
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now()
  await work()
  return performance.now() - fromMs
}

function sourceOf(service: string): Source {
  const instance = crypto.randomUUID()
  const attributes = {
    ...{ 'service.name': service, 'service.version': '1.4.2', 'service.instance.id': instance, 'host.name': 'node-17' },
    ...{ 'process.pid': 4_711, 'process.runtime.name': 'bun', 'deployment.environment.name': 'development' },
    ...{ 'telemetry.sdk.name': 'genever', 'telemetry.sdk.language': 'nodejs', 'telemetry.sdk.version': '0.1.0' },
  }
  return { service, instance, version: '1.4.2', attributes }
}

/** Counters that grow, gauges that move, and durations by route in buckets. */
function metricsOf(service: string, second: number): MetricPoint[] {
  const common = { service, instance: service, description: '', isDelta: false, atMs: clock.now() }
  const plain = Array.from({ length: 90 }, (_, at): MetricPoint => {
    const isCounter = at % 2 === 0
    const value = isCounter ? second * (at + 1) + Math.floor(Math.random() * 10) : 1e6 * Math.random()
    const kind = isCounter ? 'counter' : 'gauge'
    return { ...common, name: `${kind}_${at}`, kind, unit: '1', attributes: { part: `p${at % 7}` }, value }
  })
  const durations = Array.from({ length: 30 }, (_, at): MetricPoint => {
    const counts = bounds.map((_bound, bucket) => Math.floor((second * (at + 1)) / (bucket + 1) + Math.random() * 5))
    const count = counts.reduce((sum, one) => sum + one, 0)
    const attributes = { method: 'GET', route: `/route/${at}` }
    const value = { count, sum: count * 0.01, bounds: bounds.slice(0, -1), counts }
    return { ...common, name: 'http_request_duration_seconds', kind: 'histogram', unit: 's', attributes, value }
  })
  return [...plain, ...durations]
}

/** An order: eleven spans through four services, as the shop makes them. */
function orderTrace(atMs: number): SpanRow[] {
  const traceId = hex(16)
  const [user, order] = [crypto.randomUUID(), crypto.randomUUID()]
  const fails = Math.random() < 0.02
  const rows: SpanRow[] = []
  const add = (
    service: string,
    name: string,
    kind: SpanRow['kind'],
    parent: SpanRow | null,
    attributes: SpanRow['attributes'],
  ): SpanRow => {
    const source = sources.get(service)
    if (source === undefined) throw new Error(`no source ${service}`)
    const offsetMs = rows.length * (0.3 + Math.random())
    const span: SpanRow = {
      ...{ traceId, spanId: hex(8), parentSpanId: parent?.spanId ?? null, name, kind, source, scope: 'genever' },
      ...{ startMs: atMs + offsetMs, durationMs: 1 + Math.random() * 30, attributes },
      status: fails && service === 'inventory' ? 'error' : 'unset',
      statusMessage: fails && service === 'inventory' ? 'out of stock' : '',
      ...{ events: [], links: [], dropped: 0 },
    }
    rows.push(span)
    return span
  }
  const served = (method: string, route: string, path: string): SpanRow['attributes'] => ({
    ...{ 'http.request.method': method, 'http.route': route, 'url.path': path, 'url.scheme': 'http' },
    ...{ 'server.address': '127.0.0.1', 'server.port': 8_080, 'network.protocol.version': '1.1' },
    ...{
      'client.address': '127.0.0.1',
      'user_agent.original': 'genever/0.1',
      'http.response.status_code': fails ? 503 : 200,
    },
  })
  const called = (method: string, path: string, port: number): SpanRow['attributes'] => ({
    ...{ 'http.request.method': method, 'url.full': `http://127.0.0.1:${port}${path}`, 'server.address': '127.0.0.1' },
    ...{ 'server.port': port, 'http.response.status_code': 200 },
  })
  const queried = (service: string, text: string): SpanRow['attributes'] => ({
    ...{
      'db.system.name': 'sqlite',
      'db.namespace': service,
      'db.query.text': text,
      'db.operation.name': text.split(' ')[0] ?? '',
    },
  })
  const root = add('gateway', 'POST /api/v1/orders', 'server', null, {
    ...served('POST', '/api/v1/orders', '/api/v1/orders'),
    'user.id': user,
  })
  const who = add('gateway', 'GET', 'client', root, called('GET', '/sessions/current', 21_001))
  const session = add(
    'users',
    'GET /sessions/current',
    'server',
    who,
    served('GET', '/sessions/current', '/sessions/current'),
  )
  add(
    'users',
    'SELECT sessions',
    'client',
    session,
    queried('users', 'SELECT user_id FROM sessions WHERE token_hash = ?'),
  )
  const place = add('gateway', 'POST', 'client', root, called('POST', '/orders', 21_002))
  const placed = add('orders', 'POST /orders', 'server', place, {
    ...served('POST', '/orders', '/orders'),
    'order.id': order,
  })
  const reserve = add('orders', 'POST', 'client', placed, called('POST', '/reservations', 21_003))
  const reserved = add(
    'inventory',
    'POST /reservations',
    'server',
    reserve,
    served('POST', '/reservations', '/reservations'),
  )
  add(
    'inventory',
    'UPDATE stock',
    'client',
    reserved,
    queried('inventory', 'UPDATE products SET stock = stock - ? WHERE sku = ?'),
  )
  add(
    'orders',
    'INSERT orders',
    'client',
    placed,
    queried('orders', 'INSERT INTO orders (id, user_id, total) VALUES (?, ?, ?)'),
  )
  add('gateway', 'render order', 'internal', root, { 'order.lines': 1 + Math.floor(Math.random() * 5) })
  return rows
}

function hex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
