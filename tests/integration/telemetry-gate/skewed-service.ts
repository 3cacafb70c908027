/** The same service as another wrong build: it keeps 5 % more of the traces than it is told to. */
import { createService, traced } from 'genever'
import { createOtlpTraces, createTracer, otlpSettings, parentBased, traceIdRatio } from 'genever/telemetry'

const sink = await createOtlpTraces({ settings: otlpSettings('traces', process.env), resource: {} })
const sampler = parentBased(traceIdRatio(Number(process.env.OTEL_TRACES_SAMPLER_ARG) * 1.05))
const flush = { name: 'spans', stop: () => sink.close(5_000) }
const service = createService({ name: 'skewed', tracer: createTracer({ sink, sampler }), components: [flush] })
service.http.get('/items', (c) => traced('read', () => traced('decode', () => c.json({ items: [] }))))
await service.run()
