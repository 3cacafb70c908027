/**
 * Reads the ids of spans from OTLP requests: as little of protobuf as that takes, and nothing of what wrote them.
 *
 *   request { 1: resource spans { 2: scope spans { 2: span { 1: trace id, 2: span id, 4: parent id, 6: kind } } } }
 */
export interface SeenSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string
  /** 2 is a server's. */
  readonly kind: number
}

type Field = { readonly number: number; readonly value: number | Uint8Array }

/** @throws RangeError for bytes that are no protobuf. */
export function readSpans(request: Uint8Array): SeenSpan[] {
  return messagesIn(request, 1)
    .flatMap((resourceSpans) => messagesIn(resourceSpans, 2))
    .flatMap((scopeSpans) => messagesIn(scopeSpans, 2))
    .map(readSpan)
}

function readSpan(span: Uint8Array): SeenSpan {
  const fields = new Map(fieldsOf(span).map(({ number, value }) => [number, value]))
  const id = (number: number): string => {
    const value = fields.get(number)
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : ''
  }
  return { traceId: id(1), spanId: id(2), parentSpanId: id(4), kind: Number(fields.get(6) ?? 0) }
}

function messagesIn(message: Uint8Array, field: number): Uint8Array[] {
  return fieldsOf(message).flatMap(({ number, value }) =>
    number === field && value instanceof Uint8Array ? [value] : [],
  )
}

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[at++]
      if (byte === undefined || factor > Number.MAX_SAFE_INTEGER) throw malformed()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  const bytes = (length: number): Uint8Array => {
    if (at + length > message.length) throw malformed()
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    switch (tag % 8) {
      case 0:
        fields.push({ number, value: varint() })
        break
      case 1:
        bytes(8)
        break
      case 2:
        fields.push({ number, value: bytes(varint()) })
        break
      case 5:
        bytes(4)
        break
      default:
        throw malformed()
    }
  }
  return fields
}

function malformed(): RangeError {
  return new RangeError('The bytes are no protobuf message.')
}
