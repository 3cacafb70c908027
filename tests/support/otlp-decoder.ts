/** Reads OTLP requests by OpenTelemetry's own definitions and protobufjs: none of it is ours. */
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

export type OtlpSignal = 'traces' | 'metrics' | 'logs'

const folder = fileURLToPath(new URL('../fixtures/opentelemetry-proto/', import.meta.url))
const messages: Readonly<Record<OtlpSignal, string>> = {
  traces: 'trace.v1.ExportTraceServiceRequest',
  metrics: 'metrics.v1.ExportMetricsServiceRequest',
  logs: 'logs.v1.ExportLogsServiceRequest',
}

const root = new protobuf.Root()
root.resolvePath = (_origin, target) => `${folder}${target}`
root.loadSync(
  ['trace', 'metrics', 'logs'].map((signal) => `opentelemetry/proto/collector/${signal}/v1/${signal}_service.proto`),
)

/** The request as plain JSON in protobuf's names (camelCase), numbers of 64 bits as text, bytes as hex digits. */
export function decodeOtlp(signal: OtlpSignal, body: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(`opentelemetry.proto.collector.${messages[signal]}`)
  const message = type.decode(body)
  const problem = type.verify(message)
  if (problem !== null) throw new Error(`not a valid request: ${problem}`)
  return hexBytes(type.toObject(message, { longs: String, enums: Number, bytes: Array })) as Record<string, unknown>
}

/** The answer of a receiver that takes only some items. */
export function encodePartialSuccess(rejectedSpans: number, errorMessage: string): Uint8Array {
  const type = root.lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse')
  return type.encode(type.create({ partialSuccess: { rejectedSpans, errorMessage } })).finish()
}

/** Byte fields are lists of numbers in what protobufjs gives; attributes have none of those. */
function hexBytes(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((element) => typeof element === 'number'))
      return Buffer.from(value).toString('hex')
    return value.map(hexBytes)
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hexBytes(member)]))
}
