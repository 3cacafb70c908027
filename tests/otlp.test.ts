/** OTLP as a receiver sees it: what services export is decoded by OpenTelemetry's own definitions. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createService, traced } from 'genever'
import { HttpClient } from 'genever/client'
import { createOtlpTraces, createTracer, otlpSettings, resourceAttributes } from 'genever/telemetry'
import { encodePartialSuccess } from './support/otlp-decoder.ts'
import { attributesOf, OtlpReceiver, type OtlpSpan } from './support/otlp-receiver.ts'

let receiver: OtlpReceiver

before(async () => {
  receiver = await OtlpReceiver.start()
})
after(() => receiver.stop())

function spanNamed(name: string): OtlpSpan {
  const span = receiver.spans.find((candidate) => candidate.name === name)
  assert.ok(span, `there is no span '${name}'`)
  return span
}

describe('a service that has a receiver', () => {
  it('exports the request, the work inside and the call to another service as one trace', async () => {
    const otlp = { endpoint: receiver.url }
    const stock = createService({ name: 'stock', telemetry: { otlp } })
    stock.http.get('/items/:id', (c) => c.json({ id: c.params.id }))
    const stockRun = await stock.start()
    const orders = createService({ name: 'orders', version: '1.2.3', telemetry: { otlp } })
    const http = new HttpClient()
    orders.http.post('/orders', async (c) => {
      const answer = await traced(
        'reserve',
        { attributes: { quantity: 2, urgent: true, sku: 'käse', ratio: 0.5 } },
        () => http.request(`${stockRun.url}/items/7`),
      )
      return c.text(await answer.text(), 201)
    })
    const ordersRun = await orders.start()

    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const caller = await fetch(`${ordersRun.url}/orders?secret=1`, { method: 'POST', headers: { traceparent: parent } })
    assert.equal(caller.status, 201)
    await caller.text()
    http.close()
    await Promise.all([ordersRun.stop(), stockRun.stop()])

    const server = spanNamed('POST /orders')
    const work = spanNamed('reserve')
    const call = spanNamed('GET')
    const inner = spanNamed('GET /items/:id')
    assert.deepEqual(
      [server, work, call, inner].map(({ traceId }) => traceId),
      Array.from({ length: 4 }, () => '0af7651916cd43dd8448eb211c80319c'),
    )
    assert.deepEqual(
      [server, work, call, inner].map(({ parentSpanId }) => parentSpanId),
      ['b7ad6b7169203331', server.spanId, work.spanId, call.spanId],
    )
    assert.deepEqual(
      [server, work, call, inner].map(({ kind }) => kind),
      [2, 1, 3, 2],
    )
    assert.deepEqual(attributesOf(work), { quantity: '2', urgent: true, sku: 'käse', ratio: 0.5 })
    const { 'user_agent.original': _agent, ...said } = attributesOf(server)
    assert.deepEqual(said, {
      'http.request.method': 'POST',
      'http.route': '/orders',
      'url.path': '/orders',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'server.port': String(new URL(ordersRun.url).port),
      'client.address': '127.0.0.1',
      'http.response.status_code': '201',
    })
    assert.ok(BigInt(server.startTimeUnixNano) <= BigInt(work.startTimeUnixNano))
    assert.ok(BigInt(work.endTimeUnixNano) <= BigInt(server.endTimeUnixNano))
    const resources = receiver.requests.flatMap(({ content }) => content.resourceSpans ?? [])
    const names = resources.map(({ resource }) => attributesOf(resource)['service.name'])
    assert.deepEqual([...new Set(names)].sort(), ['orders', 'stock'])
  })

  it('tells why a request failed', async () => {
    const service = createService({ name: 'broken', telemetry: { otlp: { endpoint: receiver.url } } })
    service.http.get('/fails', () => {
      throw new RangeError('out of stock')
    })
    const run = await service.start({ logLevel: 'silent' })
    await (await fetch(`${run.url}/fails`)).text()
    await run.stop()
    const span = spanNamed('GET /fails')
    assert.deepEqual(span.status, { code: 2, message: 'out of stock' })
    assert.equal(attributesOf(span)['error.type'], 'RangeError')
    assert.deepEqual(
      span.events?.map(({ name, attributes }) => [
        name,
        attributesOf({ attributes: attributes ?? [] })['exception.message'],
      ]),
      [['exception', 'out of stock']],
    )
  })
})

describe('the exporter', () => {
  const variants = [
    { env: {}, encoding: undefined, why: 'protobuf is the default' },
    { env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, encoding: undefined, why: 'JSON on demand' },
    { env: { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, encoding: 'gzip', why: 'compressed protobuf' },
    {
      env: { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' },
      encoding: 'gzip',
      why: 'compressed JSON, by the variable of the signal',
    },
  ]
  for (const { env, encoding, why } of variants) {
    it(`says the same in every form: ${why}`, async () => {
      const own = await OtlpReceiver.start()
      const settings = otlpSettings('traces', {
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: `${own.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b,x-tenant=acme',
      })
      const sink = await createOtlpTraces({ settings, resource: resourceAttributes({ name: 'forms' }) })
      const span = createTracer({ sink }).start('everything', { kind: 'producer' })
      span.set('long', 'x'.repeat(300))
      span.set('wide', 'ü'.repeat(50))
      span.set('minus', -5)
      span.set('large', Number.MAX_SAFE_INTEGER)
      span.set('fraction', 1e300)
      span.set('empty', '')
      span.set('list', ['a', 1, true])
      span.event('milestone', { at: 3 })
      const other = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true }
      span.link({ context: other, attributes: { why: 'test' } })
      span.fail('gave up')
      span.end()
      await sink.close(5_000)
      await own.stop()
      const [request] = own.requests
      assert.equal(request?.headers['content-encoding'], encoding)
      assert.equal(request?.headers['api-key'], 'a b')
      assert.equal(request?.headers['x-tenant'], 'acme')
      const [sent] = own.spans
      assert.ok(sent)
      assert.deepEqual(attributesOf(sent), {
        long: 'x'.repeat(300),
        wide: 'ü'.repeat(50),
        minus: '-5',
        large: String(Number.MAX_SAFE_INTEGER),
        fraction: 1e300,
        empty: '',
        list: { values: [{ stringValue: 'a' }, { intValue: '1' }, { boolValue: true }] },
      })
      assert.equal(sent.events?.[0]?.name, 'milestone')
      assert.deepEqual([sent.links?.[0]?.traceId, sent.links?.[0]?.spanId], [other.traceId, other.spanId])
      assert.deepEqual(sent.status, { code: 2, message: 'gave up' })
      assert.deepEqual([sent.traceId, sent.spanId], [span.context.traceId, span.context.spanId])
      assert.equal(sent.flags, 0x103)
      assert.ok(Math.abs(Number(BigInt(sent.startTimeUnixNano) / 1_000_000n) - Date.now()) < 60_000)
    })
  }

  it('reads a partial success', async () => {
    const own = await OtlpReceiver.start()
    own.answers.push({ status: 200, body: encodePartialSuccess(1, 'too old') })
    const settings = otlpSettings('traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${own.url}/traces` })
    const counted: Record<string, number> = {}
    const { Registry } = await import('genever/telemetry')
    const meter = new Registry()
    const sink = await createOtlpTraces({ settings, resource: {}, meter })
    const tracer = createTracer({ sink })
    for (let i = 0; i < 3; i++) tracer.start('work').end()
    await sink.close(5_000)
    await own.stop()
    const family = meter.snapshot().find(({ name }) => name === 'telemetry_export_items_total')
    for (const { labelValues, point } of family?.series ?? []) counted[String(labelValues[1])] = Number(point)
    assert.deepEqual(counted, { sent: 2, rejected: 1, dropped_full: 0, dropped_refused: 0, dropped_closed: 0 })
  })
})
