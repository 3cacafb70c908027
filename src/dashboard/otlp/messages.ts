/** The messages of OTLP that are received (opentelemetry-proto 1.x), with their names in JSON. Exemplars are left out. */
import type { Field, MessageType, ScalarType } from './protobuf-decoder.ts'

type Row = readonly [number: number, name: string, type: ScalarType | (() => MessageType), repeated?: 'repeated']

const anyValue: MessageType = message([
  [1, 'stringValue', 'string'],
  [2, 'boolValue', 'bool'],
  [3, 'intValue', 'int64'],
  [4, 'doubleValue', 'double'],
  [5, 'arrayValue', () => arrayValue],
  [6, 'kvlistValue', () => keyValueList],
  [7, 'bytesValue', 'bytes'],
])
const arrayValue: MessageType = message([[1, 'values', () => anyValue, 'repeated']])
const keyValue: MessageType = message([
  [1, 'key', 'string'],
  [2, 'value', () => anyValue],
])
const keyValueList: MessageType = message([[1, 'values', () => keyValue, 'repeated']])

const resource: MessageType = message([[1, 'attributes', () => keyValue, 'repeated']])
const scope: MessageType = message([
  [1, 'name', 'string'],
  [2, 'version', 'string'],
])

const event: MessageType = message([
  [1, 'timeUnixNano', 'fixed64'],
  [2, 'name', 'string'],
  [3, 'attributes', () => keyValue, 'repeated'],
  [4, 'droppedAttributesCount', 'uint32'],
])
const link: MessageType = message([
  [1, 'traceId', 'hex'],
  [2, 'spanId', 'hex'],
  [4, 'attributes', () => keyValue, 'repeated'],
  [5, 'droppedAttributesCount', 'uint32'],
])
const status: MessageType = message([
  [2, 'message', 'string'],
  [3, 'code', 'uint32'],
])
const span: MessageType = message([
  [1, 'traceId', 'hex'],
  [2, 'spanId', 'hex'],
  [4, 'parentSpanId', 'hex'],
  [5, 'name', 'string'],
  [6, 'kind', 'uint32'],
  [7, 'startTimeUnixNano', 'fixed64'],
  [8, 'endTimeUnixNano', 'fixed64'],
  [9, 'attributes', () => keyValue, 'repeated'],
  [10, 'droppedAttributesCount', 'uint32'],
  [11, 'events', () => event, 'repeated'],
  [12, 'droppedEventsCount', 'uint32'],
  [13, 'links', () => link, 'repeated'],
  [14, 'droppedLinksCount', 'uint32'],
  [15, 'status', () => status],
])

const logRecord: MessageType = message([
  [1, 'timeUnixNano', 'fixed64'],
  [2, 'severityNumber', 'uint32'],
  [3, 'severityText', 'string'],
  [5, 'body', () => anyValue],
  [6, 'attributes', () => keyValue, 'repeated'],
  [9, 'traceId', 'hex'],
  [10, 'spanId', 'hex'],
  [11, 'observedTimeUnixNano', 'fixed64'],
  [12, 'eventName', 'string'],
])

const numberPoint: MessageType = message([
  [2, 'startTimeUnixNano', 'fixed64'],
  [3, 'timeUnixNano', 'fixed64'],
  [4, 'asDouble', 'double'],
  [6, 'asInt', 'sfixed64'],
  [7, 'attributes', () => keyValue, 'repeated'],
])
const histogramPoint: MessageType = message([
  [2, 'startTimeUnixNano', 'fixed64'],
  [3, 'timeUnixNano', 'fixed64'],
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double'],
  [6, 'bucketCounts', 'fixed64', 'repeated'],
  [7, 'explicitBounds', 'double', 'repeated'],
  [9, 'attributes', () => keyValue, 'repeated'],
])
const exponentialBuckets: MessageType = message([
  [1, 'offset', 'sint32'],
  [2, 'bucketCounts', 'uint64', 'repeated'],
])
const exponentialPoint: MessageType = message([
  [1, 'attributes', () => keyValue, 'repeated'],
  [2, 'startTimeUnixNano', 'fixed64'],
  [3, 'timeUnixNano', 'fixed64'],
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double'],
  [6, 'scale', 'sint32'],
  [7, 'zeroCount', 'fixed64'],
  [8, 'positive', () => exponentialBuckets],
  [9, 'negative', () => exponentialBuckets],
])
const quantileValue: MessageType = message([
  [1, 'quantile', 'double'],
  [2, 'value', 'double'],
])
const summaryPoint: MessageType = message([
  [2, 'startTimeUnixNano', 'fixed64'],
  [3, 'timeUnixNano', 'fixed64'],
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double'],
  [6, 'quantileValues', () => quantileValue, 'repeated'],
  [7, 'attributes', () => keyValue, 'repeated'],
])
const metric: MessageType = message([
  [1, 'name', 'string'],
  [2, 'description', 'string'],
  [3, 'unit', 'string'],
  [5, 'gauge', () => dataOf(numberPoint)],
  [7, 'sum', () => dataOf(numberPoint)],
  [9, 'histogram', () => dataOf(histogramPoint)],
  [10, 'exponentialHistogram', () => dataOf(exponentialPoint)],
  [11, 'summary', () => dataOf(summaryPoint)],
])

export const tracesRequest: MessageType = request('resourceSpans', 'scopeSpans', 'spans', span)
export const logsRequest: MessageType = request('resourceLogs', 'scopeLogs', 'logRecords', logRecord)
export const metricsRequest: MessageType = request('resourceMetrics', 'scopeMetrics', 'metrics', metric)

/** All three nest alike: items within their scope within their resource. */
function request(outer: string, middle: string, inner: string, item: MessageType): MessageType {
  const scoped = message([
    [1, 'scope', () => scope],
    [2, inner, () => item, 'repeated'],
  ])
  const ofResource = message([
    [1, 'resource', () => resource],
    [2, middle, () => scoped, 'repeated'],
  ])
  return message([[1, outer, () => ofResource, 'repeated']])
}

const dataByPoint = new Map<MessageType, MessageType>()

function dataOf(point: MessageType): MessageType {
  let data = dataByPoint.get(point)
  if (data === undefined) {
    data = message([
      [1, 'dataPoints', () => point, 'repeated'],
      [2, 'aggregationTemporality', 'uint32'],
      [3, 'isMonotonic', 'bool'],
    ])
    dataByPoint.set(point, data)
  }
  return data
}

function message(rows: readonly Row[]): MessageType {
  return new Map(
    rows.map(([number, name, type, repeated]): [number, Field] => [
      number,
      repeated === undefined ? { name, type } : { name, type, isRepeated: true },
    ]),
  )
}
