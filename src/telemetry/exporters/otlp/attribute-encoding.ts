/**
 * Attributes in OTLP's two forms: `KeyValue` messages of protobuf, and their JSON.
 *
 *   KeyValue { key = 1, value = 2 }     AnyValue { string = 1 │ bool = 2 │ int = 3 │ double = 4 │ array = 5 { values = 1 } }
 */
import type { FlatAttributes } from '../../span-record.ts'
import type { AttributeValue, SpanAttributes } from '../../tracer.ts'
import type { ProtobufWriter } from './protobuf-writer.ts'

/** Writes `[name, value, …]` as repeated `KeyValue` of this field. */
export function writeAttributes(writer: ProtobufWriter, field: number, attributes: FlatAttributes): void {
  for (let i = 0; i < attributes.length; i += 2) {
    writeAttribute(writer, field, attributes[i] as string, attributes[i + 1] as AttributeValue)
  }
}

export function writeAttribute(writer: ProtobufWriter, field: number, name: string, value: AttributeValue): void {
  if (typeof value === 'string' && name !== '' && writer.shortTextEntry(field, name, value)) return
  const start = writer.begin(field)
  writer.text(1, name)
  writeAnyValue(writer, 2, value)
  writer.end(start)
}

export function writeAnyValue(writer: ProtobufWriter, field: number, value: AttributeValue): void {
  const start = writer.begin(field)
  switch (typeof value) {
    case 'string':
      writer.textAlways(1, value)
      break
    case 'boolean':
      writer.bool(2, value)
      break
    case 'number':
      if (Number.isSafeInteger(value)) writer.int64(3, value)
      else writer.double(4, value)
      break
    default: {
      const list = writer.begin(5)
      for (const element of value) writeAnyValue(writer, 1, element)
      writer.end(list)
    }
  }
  writer.end(start)
}

export interface JsonKeyValue {
  readonly key: string
  readonly value: JsonAnyValue
}

export type JsonAnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  /** JSON of protobuf writes numbers of 64 bits as text. */
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly arrayValue: { readonly values: readonly JsonAnyValue[] } }

export function jsonAttributes(attributes: FlatAttributes): JsonKeyValue[] {
  const list: JsonKeyValue[] = []
  for (let i = 0; i < attributes.length; i += 2) {
    list.push({ key: attributes[i] as string, value: jsonAnyValue(attributes[i + 1] as AttributeValue) })
  }
  return list
}

export function jsonAnyValue(value: AttributeValue): JsonAnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      // JSON has no word for what is not finite; protobuf's JSON writes it as text.
      if (Number.isSafeInteger(value)) return { intValue: String(value) }
      return { doubleValue: Number.isFinite(value) ? value : String(value) }
    default:
      return { arrayValue: { values: value.map((element) => jsonAnyValue(element)) } }
  }
}

export function flatAttributes(attributes: SpanAttributes): FlatAttributes {
  return Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
}

/** A time in milliseconds since the Unix epoch as nanoseconds in digits, which is how JSON carries 64 bits. */
export function jsonTime(epochMs: number): string {
  const seconds = Math.floor(epochMs / 1_000)
  const nanos = Math.round((epochMs - seconds * 1_000) * 1e6)
  const carry = nanos >= 1e9 ? 1 : 0
  return `${seconds + carry}${String(nanos - carry * 1e9).padStart(9, '0')}`
}
