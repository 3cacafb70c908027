/** The same service as a wrong build: every 500th span is lost, and nobody counts it. */
import { createService, traced } from 'genever'
import { createOtlpTraces, createTracer, otlpSettings, parentBased, traceIdRatio } from 'genever/telemetry'

const exporter = await createOtlpTraces({ settings: otlpSettings('traces', process.env), resource: {} })
let ended = 0
const sink = {
  add(span: Parameters<typeof exporter.add>[0]) {
    if (++ended % 500 !== 0) exporter.add(span)
  },
}
const sampler = parentBased(traceIdRatio(Number(process.env.OTEL_TRACES_SAMPLER_ARG)))
const flush = { name: 'spans', stop: () => exporter.close(5_000) }
const service = createService({ name: 'lossy', tracer: createTracer({ sink, sampler }), components: [flush] })
service.http.get('/items', (c) => traced('read', () => traced('decode', () => c.json({ items: [] }))))
await service.run()
