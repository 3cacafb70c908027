/** Logs and metrics over OTLP, decoded by OpenTelemetry's own definitions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createService } from 'genever'
import { createJsonLogger, MemorySink } from 'genever/telemetry'
import { attributesOf, type OtlpAttribute, OtlpReceiver } from './support/otlp-receiver.ts'

interface LogRecordSeen {
  readonly timeUnixNano: string
  readonly severityNumber: number
  readonly severityText: string
  readonly body: { readonly stringValue: string }
  readonly attributes?: readonly OtlpAttribute[]
  readonly traceId?: string
  readonly spanId?: string
}

interface PointSeen {
  readonly attributes?: readonly OtlpAttribute[]
  readonly asDouble?: number
  readonly count?: string
  readonly sum?: number
  readonly bucketCounts?: readonly string[]
  readonly exemplars?: readonly {
    readonly asDouble: number
    readonly traceId: string
    readonly spanId: string
    readonly timeUnixNano: string
  }[]
}

interface DataSeen {
  readonly dataPoints: readonly PointSeen[]
  readonly aggregationTemporality?: number
  readonly isMonotonic?: boolean
}

interface MetricSeen {
  readonly name: string
  readonly unit?: string
  readonly sum?: DataSeen
  readonly gauge?: DataSeen
  readonly histogram?: DataSeen
  readonly summary?: DataSeen
}

const protocols = ['http/protobuf', 'http/json'] as const

function itemsIn<T>(receiver: OtlpReceiver, names: readonly [string, string, string]): T[] {
  return receiver.requests.flatMap(({ content }) =>
    listIn(content, names[0]).flatMap((resource) =>
      listIn(resource, names[1]).flatMap((scope) => listIn(scope, names[2])),
    ),
  ) as T[]
}

function listIn(holder: unknown, name: string): unknown[] {
  return Object(holder)[name] ?? []
}

for (const protocol of protocols) {
  describe(`a service that has a receiver, by ${protocol}`, () => {
    it('exports its log lines beside writing them, with trace ids, typed fields, and nothing that a line hides', async () => {
      const receiver = await OtlpReceiver.start()
      const sink = new MemorySink()
      const service = createService({
        name: 'orders',
        log: createJsonLogger({ sink, fields: { service: 'orders', version: '0.0.0', part: 'http' } }),
        telemetry: { otlp: { endpoint: receiver.url, protocol }, metrics: false },
      })
      service.http.get('/orders', (c) => {
        service.log.warn('order placed', {
          count: 3,
          ok: true,
          password: 'hunter2',
          nested: { token: 't', a: [1] },
          error: new TypeError('no tea'),
        })
        return c.text('ok')
      })
      const running = await service.start()
      const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
      await (await fetch(`${running.url}/orders`, { headers: { traceparent: parent } })).text()
      await running.stop()
      await receiver.stop()

      const records = itemsIn<LogRecordSeen>(receiver, ['resourceLogs', 'scopeLogs', 'logRecords'])
      const record = records.find(({ body }) => body.stringValue === 'order placed')
      assert.ok(record)
      assert.equal(record.severityNumber, 13)
      assert.equal(record.severityText, 'WARN')
      assert.equal(record.traceId, '0af7651916cd43dd8448eb211c80319c')
      assert.ok(Math.abs(Number(BigInt(record.timeUnixNano) / 1_000_000n) - Date.now()) < 60_000)
      const { 'exception.stacktrace': stack, ...said } = attributesOf({ attributes: record.attributes ?? [] })
      assert.match(String(stack), /no tea/)
      assert.deepEqual(said, {
        part: 'http',
        count: '3',
        ok: true,
        password: '[redacted]',
        nested: '{"token":"[redacted]","a":[1]}',
        'exception.type': 'TypeError',
        'exception.message': 'no tea',
      })
      assert.ok(
        sink.records.some(({ message }) => message === 'order placed'),
        'the line is written too',
      )
    })

    for (const temporality of ['cumulative', 'delta'] as const) {
      it(`exports its metrics with ${temporality} counts`, async () => {
        const receiver = await OtlpReceiver.start()
        const service = createService({
          name: 'orders',
          telemetry: {
            otlp: { endpoint: receiver.url, protocol },
            traces: false,
            logs: false,
            metrics: { intervalMs: 50, temporality },
          },
        })
        const placed = service.meter.counter({ name: 'orders_placed_total', help: 'Orders.', labels: ['kind'] })
        const sizes = service.meter.histogram({ name: 'order_size_bytes', help: 'Sizes.', buckets: [10, 20] })
        const running = await service.start()
        placed.labels({ kind: 'gift' }).add(2)
        const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true }
        for (const size of [5, 15, 15]) sizes.observe(size)
        sizes.observe(99, trace)
        const seen = (): MetricSeen[] =>
          itemsIn<MetricSeen>(receiver, ['resourceMetrics', 'scopeMetrics', 'metrics']).filter(({ name }) =>
            name.startsWith('order'),
          )
        await receiver.until(() => seen().some(({ name, sum }) => name === 'orders_placed_total' && countIn(sum) === 2))
        placed.labels({ kind: 'gift' }).add(1)
        await running.stop()
        await receiver.stop()

        const counts = seen().filter(({ name, sum }) => name === 'orders_placed_total' && countIn(sum) !== undefined)
        const values = counts.map(({ sum }) => countIn(sum))
        assert.equal(counts[0]?.sum?.isMonotonic, true)
        assert.equal(counts[0]?.sum?.aggregationTemporality, temporality === 'delta' ? 1 : 2)
        assert.deepEqual(attributesOf({ attributes: counts[0]?.sum?.dataPoints[0]?.attributes ?? [] }), {
          kind: 'gift',
        })
        if (temporality === 'cumulative') assert.equal(values.at(-1), 3, 'all since the start')
        else
          assert.equal(
            values.reduce((total = 0, value = 0) => total + value, 0),
            3,
            'each is told once',
          )
        const histograms = seen().flatMap(({ name, histogram, unit }) =>
          name === 'order_size_bytes' ? [{ unit, point: histogram?.dataPoints[0] }] : [],
        )
        const first = histograms.find(({ point }) => Number(point?.count) === 4)
        assert.ok(first)
        assert.equal(first.unit, 'By')
        assert.deepEqual(
          { sum: first.point?.sum, buckets: first.point?.bucketCounts },
          { sum: 134, buckets: ['1', '2', '1'] },
        )
        const { timeUnixNano = '0', ...exemplar } = first.point?.exemplars?.[0] ?? {}
        const { traceId, spanId } = trace
        assert.deepEqual(exemplar, { asDouble: 99, traceId, spanId })
        assert.ok(Math.abs(Number(BigInt(timeUnixNano) / 1_000_000n) - Date.now()) < 60_000)
      })
    }
  })
}

/** Undefined where the point says nothing of the orders yet. */
function countIn(data: DataSeen | undefined): number | undefined {
  return data?.dataPoints[0]?.asDouble
}
