/**
 * What a receiver's answer means (OTLP specification, section OTLP/HTTP response).
 *
 *   200                      taken; a partial success says how many items were not, and they are not sent again
 *   429 · 502 · 503 · 504    again later, after `Retry-After` if there is one
 *   anything else            never
 */
import type { HttpAnswer } from '../http-sender.ts'
import { refusedOutcome } from '../refused-outcome.ts'
import type { SendOutcome } from '../send-outcome.ts'

const maxMessageLength = 256

export function otlpOutcome(answer: HttpAnswer, nowMs: number): SendOutcome {
  const { status, header, body } = answer
  if (status >= 200 && status < 300) return acceptedOutcome(header('content-type') ?? '', body)
  return refusedOutcome(answer, nowMs)
}

/** What cannot be read is a yes: the status has said so. */
function acceptedOutcome(contentType: string, body: Uint8Array): SendOutcome {
  const { rejected, message } = contentType.startsWith('application/json') ? partialJson(body) : partialProtobuf(body)
  const text = message.slice(0, maxMessageLength)
  return text === '' ? { kind: 'accepted', rejected } : { kind: 'accepted', rejected, message: text }
}

interface PartialSuccess {
  readonly rejected: number
  readonly message: string
}

const wholeSuccess: PartialSuccess = { rejected: 0, message: '' }

function partialJson(body: Uint8Array): PartialSuccess {
  try {
    const { partialSuccess } = Object(JSON.parse(new TextDecoder().decode(body)))
    const { rejectedSpans, rejectedDataPoints, rejectedLogRecords, errorMessage } = Object(partialSuccess)
    const rejected = Number(rejectedSpans ?? rejectedDataPoints ?? rejectedLogRecords ?? 0)
    return { rejected: rejected > 0 ? rejected : 0, message: typeof errorMessage === 'string' ? errorMessage : '' }
  } catch {
    return wholeSuccess
  }
}

/** `ExportTraceServiceResponse { partial_success = 1 { rejected = 1, error_message = 2 } }`, the same for all signals. */
function partialProtobuf(body: Uint8Array): PartialSuccess {
  const partial = fieldsOf(body).get(1)
  if (!(partial instanceof Uint8Array)) return wholeSuccess
  const fields = fieldsOf(partial)
  const rejected = fields.get(1)
  const message = fields.get(2)
  return {
    rejected: typeof rejected === 'number' ? rejected : 0,
    message: message instanceof Uint8Array ? new TextDecoder().decode(message) : '',
  }
}

/** Varint and length-delimited fields by number, as far as they can be read. */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; at < bytes.length; factor *= 0x80) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (at < bytes.length) {
    const tag = varint()
    const value = varint()
    if (Number.isNaN(value)) break
    const type = tag % 8
    if (type === 0) fields.set(Math.floor(tag / 8), value)
    else if (type === 2) {
      fields.set(Math.floor(tag / 8), bytes.subarray(at, at + value))
      at += value
    } else break
  }
  return fields
}
