import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import type { Environment } from '../../platform/environment.ts'
import { MemorySpans } from '../../telemetry/exporters/memory-spans.ts'
import { createJsonLogger } from '../../telemetry/json-logger.ts'
import { createNoopTracer } from '../../telemetry/noop-tracer.ts'
import { Registry } from '../../telemetry/registry.ts'
import { MemorySink } from '../../telemetry/sinks/memory.ts'
import { traced } from '../../telemetry/traced.ts'
import type { Tracer } from '../../telemetry/tracer.ts'
import { createService } from '../service.ts'
import { ServiceTelemetry } from './service-telemetry.ts'
import type { TelemetryOptions } from './telemetry-options.ts'

const parent = { traceId: `${'a'.repeat(18)}80000000000000`, spanId: 'b'.repeat(16), sampled: false }

async function opened(options: TelemetryOptions, env: Environment = {}, tracer?: Tracer) {
  const clock = new ManualClock()
  const lines = new MemorySink()
  const log = createJsonLogger({ sink: lines, clock })
  const meter = new Registry({ clock })
  const telemetry = new ServiceTelemetry({ name: 'orders', version: '1.0.0', options, tracer, meter, log, clock })
  telemetry.configure(env)
  await telemetry.open()
  return { telemetry, tracer: telemetry.tracer, problems: () => lines.records.map(({ problem }) => problem) }
}

describe('the sampler', () => {
  const rows = [
    { env: {}, options: {}, expected: [true, false], why: 'everything that begins here, and what the caller keeps' },
    { env: { OTEL_TRACES_SAMPLER: 'always_on' }, options: {}, expected: [true, true], why: 'everything' },
    { env: { OTEL_TRACES_SAMPLER: 'always_off' }, options: {}, expected: [false, false], why: 'nothing' },
    {
      env: { OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
      options: {},
      expected: [false, false],
      why: 'as the caller does, else nothing',
    },
    {
      env: { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
      options: {},
      expected: [undefined, true],
      why: 'by the id alone, whatever the caller says',
    },
    {
      env: { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.49' },
      options: {},
      expected: [undefined, false],
      why: 'the share decides',
    },
    {
      env: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
      options: { ratio: 1 },
      expected: [false, false],
      why: 'the environment wins',
    },
    { env: {}, options: { ratio: 0 }, expected: [false, false], why: 'the share that the service asks for' },
    {
      env: { OTEL_TRACES_SAMPLER: 'rate_limited', OTEL_TRACES_SAMPLER_ARG: '1' },
      options: {},
      expected: [true, false],
      why: 'one in this second',
    },
    {
      env: {},
      options: { ratio: 0.5, followCaller: false },
      expected: [undefined, true],
      why: 'its share, whatever strangers say',
    },
    { env: {}, options: { perSecond: 1 }, expected: [true, false], why: 'likewise by option' },
  ]
  for (const { env, options, expected, why } of rows) {
    it(`keeps ${why}: ${JSON.stringify({ ...env, ...options })}`, async () => {
      const { tracer } = await opened({ traces: { exporter: new MemorySpans(), ...options } }, env)
      const kept = [tracer.start('own').isRecording, tracer.start('called', { parent }).isRecording]
      assert.deepEqual(
        kept.map((value, i) => (expected[i] === undefined ? undefined : value)),
        expected,
      )
    })
  }
})

describe('a setting that is not understood', () => {
  const rows = [
    { env: { OTEL_TRACES_SAMPLER: 'jaeger_remote' }, told: /'jaeger_remote' is not known/ },
    { env: { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' }, told: /no number from 0 to 1/ },
    { env: { OTEL_PROPAGATORS: 'tracecontext,skywalking' }, told: /'skywalking' is not known/ },
    { env: { OTEL_TRACES_EXPORTER: 'kafka' }, told: /'kafka' is not known/ },
    { env: { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, told: /'grpc' is not spoken/ },
    { env: { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' }, told: /timeout is no number/ },
    { env: { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_HEADERS: 'a b=c' }, told: /cannot be sent/ },
  ]
  for (const { env, told } of rows) {
    it(`is told and left out, and the service starts: ${JSON.stringify(env)}`, async () => {
      const options = 'OTEL_TRACES_EXPORTER' in env ? {} : { traces: { exporter: new MemorySpans() } }
      const { telemetry, problems } = await opened(options, env)
      await telemetry.close(0)
      assert.match(String(problems()), told)
    })
  }

  it('even if nothing can be exported then', async () => {
    const { tracer } = await opened({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://collector' })
    assert.equal(tracer.start('work').isRecording, false)
  })
})

describe('nothing is recorded', () => {
  const rows = [
    { options: {}, env: {}, why: 'where nobody asks for it' },
    {
      options: {},
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' },
      why: 'where the environment says none',
    },
    {
      options: {},
      env: { OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' },
      why: 'where it is disabled',
    },
    {
      options: { traces: false as const },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' },
      why: 'where the service does not want it',
    },
    { options: { traces: { ratio: 1 } }, env: {}, why: 'where no receiver is named' },
  ]
  for (const { options, env, why } of rows) {
    it(why, async () => {
      const { telemetry, tracer } = await opened(options, env)
      assert.equal(tracer.start('work').isRecording, false)
      await telemetry.close(0)
    })
  }
})

describe('propagation', () => {
  it('is as the environment says, whether or not anything is exported', async () => {
    const { tracer } = await opened({ propagators: ['jaeger'] }, { OTEL_PROPAGATORS: 'b3multi, baggage' })
    const headers = new Map<string, string>()
    tracer.start('work', { parent }).inject(headers)
    assert.deepEqual([...headers.keys()], ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled'])
    assert.equal(tracer.extractBaggage({ header: () => 'a=1' })?.get('a')?.value, '1')
  })

  it('also holds for a tracer of one’s own', async () => {
    const own = createNoopTracer({ sampled: true })
    const { tracer } = await opened({ propagators: ['b3'] }, {}, own)
    assert.equal(tracer.start('work').context.sampled, true)
    assert.equal(
      tracer.extract({ header: (name) => (name === 'b3' ? `${parent.traceId}-${parent.spanId}-1` : undefined) })
        ?.sampled,
      true,
    )
  })
})

describe('a service', () => {
  it('is the tracer of its process while it runs, so that traced() needs none', async () => {
    const spans = new MemorySpans()
    const service = createService({ name: 'orders', telemetry: { traces: { exporter: spans } } })
    const running = await service.start()
    traced('in the background', () => {})
    service.tracer.start('by hand').end()
    await running.stop()
    traced('afterwards', () => {})
    assert.deepEqual(
      spans.records.map(({ name }) => name),
      ['in the background', 'by hand'],
    )
  })

  it('hands the caller’s baggage to the work inside and its log lines the ids of the span', async () => {
    const spans = new MemorySpans()
    const lines = new MemorySink()
    const log = createJsonLogger({ sink: lines })
    const service = createService({ name: 'orders', log, telemetry: { traces: { exporter: spans } } })
    service.http.get('/', (c) => {
      service.log.info('inside')
      const headers = new Map<string, string>()
      service.tracer.start('call').inject(headers)
      return c.text(headers.get('baggage') ?? '')
    })
    const running = await service.start()
    const answer = await fetch(running.url, { headers: { baggage: 'tenant=acme;x=1' } })
    assert.equal(await answer.text(), 'tenant=acme;x=1')
    await running.stop()
    const [span] = spans.records
    const line = lines.records.find(({ message }) => message === 'inside')
    assert.deepEqual([line?.trace_id, line?.span_id], [span?.context.traceId, span?.context.spanId])
  })
})
