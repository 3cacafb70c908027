/**
 * A real OpenTelemetry collector, with the configuration in `deploy/`, takes what services send and write, and passes on all of it.
 *
 *   service ─ OTLP ─▶ collector ─ OTLP ─▶ receiver of the test          lines in a file ─▶ collector ─▶ the same
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createService } from 'genever'
import { createJsonLogger, fileSink } from 'genever/telemetry'
import { type CollectorSystem, collectorMissing, startCollector } from '../../../scripts/systems/otel-collector.ts'
import { attributesOf, type OtlpAttribute, OtlpReceiver } from '../../support/otlp-receiver.ts'
import { ServiceProcess } from '../../support/service-process.ts'

const file = fileURLToPath(new URL('../zipkin/traced-service.ts', import.meta.url))
const requests = 50
const spansOfRequest = 6

interface LogRecord {
  readonly timeUnixNano: string
  readonly severityNumber?: number
  readonly body?: { readonly stringValue?: string }
  readonly attributes?: readonly OtlpAttribute[]
  readonly traceId?: string
  readonly spanId?: string
}

/** What stands in each request of a signal, under OTLP's names. */
interface Passed {
  readonly resourceMetrics?: readonly { readonly scopeMetrics: readonly { metrics: readonly { name: string }[] }[] }[]
  readonly resourceLogs?: readonly {
    readonly resource: { readonly attributes?: readonly OtlpAttribute[] }
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[]
  }[]
}

describe('an OpenTelemetry collector', { skip: collectorMissing, timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'genever-collector-'))
  let receiver: OtlpReceiver
  let collector: CollectorSystem

  before(async () => {
    receiver = await OtlpReceiver.start()
    collector = await startCollector({ sendTo: receiver.url, logFiles: join(folder, '*.log') })
  })
  after(async () => {
    await collector?.stop()
    await receiver?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const passed = (): Passed[] => receiver.requests.map(({ content }) => content as Passed)
  const logs = (service: string): LogRecord[] =>
    passed()
      .flatMap(({ resourceLogs = [] }) => resourceLogs)
      .filter(({ resource }) => attributesOf(resource)['service.name'] === service)
      .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
  const metricNames = (): Set<string> =>
    new Set(
      passed().flatMap(({ resourceMetrics = [] }) =>
        resourceMetrics.flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap(({ metrics }) => metrics.map((m) => m.name)),
        ),
      ),
    )
  const orderSome = async (service: ServiceProcess): Promise<void> => {
    for (let i = 0; i < requests; i++) await (await fetch(`${service.url}/orders/${i}`)).text()
    assert.equal(await service.stop(), 0)
  }

  for (const runtime of ['node', 'bun'] as const) {
    for (const protocol of ['http/protobuf', 'http/json'] as const) {
      it(`takes traces, metrics and logs of a service on ${runtime} by ${protocol}, whole`, async () => {
        const name = `${runtime}-${protocol.slice(5)}`
        const env = {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_COMPRESSION: protocol === 'http/json' ? 'gzip' : 'none',
          OTEL_SERVICE_NAME: name,
        }
        const before = receiver.spans.length
        await orderSome(await ServiceProcess.start({ runtime, file, env }))
        await receiver.until(() => receiver.spans.length >= before + requests * spansOfRequest)
        const spans = receiver.spans.slice(before)
        assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, requests * spansOfRequest)
        const root = spans.find(({ name: title }) => title === 'GET /orders/:id')
        assert.ok(root !== undefined)
        assert.equal(Number(attributesOf(root)['http.response.status_code']), 200)
        assert.equal(spans.filter(({ parentSpanId }) => parentSpanId === root.spanId).length, 5)
        await receiver.until(() => logs(name).filter(({ body }) => body?.stringValue === 'request').length === requests)
        const traces = new Set(spans.map(({ traceId }) => traceId))
        for (const record of logs(name)) {
          if (record.body?.stringValue === 'request') assert.ok(traces.has(record.traceId ?? ''))
        }
        for (const metric of ['http_requests_total', 'http_request_duration_seconds'])
          assert.ok(metricNames().has(metric), `${metric} in ${[...metricNames()]}`)
      })
    }
  }

  it('reads the lines that a service writes into a file, with time, level, ids and the name of the service', async () => {
    const path = join(folder, 'orders.log')
    const log = createJsonLogger({ sink: fileSink({ path }), fields: { service: 'orders', version: '1.2.3' } })
    const service = createService({ name: 'orders', log, middleware: { accessLog: true } })
    service.http.get('/orders/:id', (c) => c.json({ id: c.params.id }))
    const running = await service.start()
    for (let i = 0; i < requests; i++) await (await fetch(`${running.url}/orders/${i}`)).text()
    await running.stop()
    await log.flush()
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    await receiver.until(() => logs('orders').length >= lines.length)
    const found = logs('orders')
    assert.equal(found.length, lines.length)
    for (const line of lines.filter(({ message }) => message === 'request')) {
      const record = found.find(({ spanId }) => spanId === line.span_id)
      assert.equal(record?.body?.stringValue, 'request')
      assert.equal(record?.severityNumber, 9)
      assert.equal(record?.traceId, line.trace_id)
      assert.equal(Number(BigInt(record?.timeUnixNano ?? 0) / 1_000_000n), Date.parse(String(line.time)))
      const { time, level, message, service, version, trace_id: _, span_id: __, ...fields } = line
      assert.deepEqual(
        Object.keys(attributesOf(record ?? {}))
          .filter((key) => !key.startsWith('log.file'))
          .sort(),
        Object.keys(fields).sort(),
        `${time} ${level} ${message} ${service} ${version}`,
      )
    }
  })
})
