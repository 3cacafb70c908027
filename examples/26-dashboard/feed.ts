/**
 * Feed: four services that exist only in what they send, for those who work on the dashboard.
 *
 *   node examples/26-dashboard/feed.ts http://127.0.0.1:4318 [traces per second]
 *
 * gateway → orders → inventory → database, orders → users; a few are slow, a few fail. Traces, logs and metrics as OTLP in
 * JSON, which any program can write.
 */
const [endpoint = 'http://127.0.0.1:4318', rate = '2'] = process.argv.slice(2)

interface Step {
  readonly service: string
  readonly name: string
  readonly kind: number
  readonly attributes: Readonly<Record<string, string | number>>
  readonly steps?: readonly Step[]
}

const [internal, server, client] = [1, 2, 3]

function request(service: string, method: string, route: string, steps: readonly Step[] = []): Step {
  const attributes = {
    'http.request.method': method,
    'http.route': route,
    'url.path': route,
    'http.response.status_code': 200,
  }
  return { service, name: `${method} ${route}`, kind: server, attributes, steps }
}

function call(service: string, inner: Step): Step {
  const attributes = {
    'http.request.method': inner.name.split(' ')[0] ?? '',
    'server.address': inner.service,
    'server.port': 80,
  }
  return { service, name: inner.name.split(' ')[0] ?? '', kind: client, attributes, steps: [inner] }
}

function query(service: string, text: string): Step {
  const attributes = { 'db.system.name': 'postgresql', 'db.namespace': service, 'db.query.summary': text }
  return { service, name: text, kind: client, attributes }
}

const placeOrder = request('gateway', 'POST', '/api/v1/orders', [
  { service: 'gateway', name: 'authenticate', kind: internal, attributes: {} },
  call(
    'gateway',
    request('orders', 'POST', '/orders', [
      call('orders', request('inventory', 'POST', '/reservations', [query('inventory', 'UPDATE stock')])),
      call('orders', request('users', 'GET', '/users/:id', [query('users', 'SELECT users')])),
      query('orders', 'INSERT orders'),
    ]),
  ),
])
const listProducts = request('gateway', 'GET', '/api/v1/products', [
  call('gateway', request('inventory', 'GET', '/products', [query('inventory', 'SELECT products')])),
])

interface Spans {
  readonly byService: Map<string, object[]>
  readonly traceId: string
  readonly isFailing: boolean
}

/** Times a step from `startMs` on; gives its end. */
function record(step: Step, startMs: number, parentSpanId: string | undefined, spans: Spans): number {
  const spanId = hex(8)
  let atMs = startMs + 0.2 + Math.random()
  for (const inner of step.steps ?? []) atMs = record(inner, atMs, spanId, spans) + Math.random() * 0.5
  const isLeaf = step.steps === undefined
  const endMs = atMs + (isLeaf ? 1 + Math.random() ** 4 * 40 : 0.3)
  const fails = spans.isFailing && (step.service !== 'users' || step.kind === client)
  const span = {
    ...{ traceId: spans.traceId, spanId, parentSpanId, name: step.name, kind: step.kind },
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: attributesOf(step.attributes),
    status: fails && step.service !== 'users' ? { code: 2, message: 'out of stock' } : {},
  }
  spans.byService.set(step.service, [...(spans.byService.get(step.service) ?? []), span])
  return endMs
}

const counts = new Map<string, number>()

async function sendOne(): Promise<void> {
  const step = Math.random() < 0.5 ? placeOrder : listProducts
  const isFailing = Math.random() < 0.05
  const spans: Spans = { byService: new Map(), traceId: hex(16), isFailing }
  const startMs = Date.now()
  record(step, startMs, undefined, spans)
  for (const [service, own] of spans.byService) {
    const resource = resourceOf(service)
    await send('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'feed' }, spans: own }] }] })
    const log = {
      timeUnixNano: nanos(startMs),
      severityNumber: isFailing ? 17 : 9,
      body: { stringValue: isFailing ? 'request failed' : 'request done' },
      attributes: attributesOf({ spans: own.length, route: step.name }),
      traceId: spans.traceId,
    }
    await send('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [log] }] }] })
    counts.set(service, (counts.get(service) ?? 0) + own.length)
  }
}

async function sendMetrics(): Promise<void> {
  const timeUnixNano = nanos(Date.now())
  for (const [service, count] of counts) {
    const memory = { timeUnixNano, asDouble: 60e6 + Math.random() * 5e6, attributes: [] }
    const total = { timeUnixNano, asInt: String(count), attributes: attributesOf({ kind: 'span' }) }
    const metrics = [
      { name: 'process_resident_memory_bytes', unit: 'By', gauge: { dataPoints: [memory] } },
      { name: 'feed_spans_total', sum: { dataPoints: [total], aggregationTemporality: 2, isMonotonic: true } },
    ]
    await send('metrics', { resourceMetrics: [{ resource: resourceOf(service), scopeMetrics: [{ metrics }] }] })
  }
}

async function send(signal: string, body: object): Promise<void> {
  const answer = await fetch(`${endpoint}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (answer.status !== 200 || text !== '{}') throw new Error(`${signal}: ${answer.status} ${text}`)
}

function resourceOf(service: string): object {
  return {
    attributes: attributesOf({
      'service.name': service,
      'service.version': '1.0.0',
      'service.instance.id': `${service}-1`,
    }),
  }
}

function attributesOf(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }))
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n)
}

function hex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}

console.log(`Sending ${rate} traces per second to ${endpoint}; Ctrl-C ends it.`)
setInterval(() => void sendMetrics(), 5_000)
setInterval(() => void sendOne(), 1_000 / Number(rate))
