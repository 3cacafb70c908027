/** JSON and text as they are sent. */
import type { Call } from '../internal/call.ts'
import type { ReplyBody } from '../reply.ts'
import { toJson } from './serializers.ts'

/** @throws ServiceError `BAD_RESPONSE` if the value cannot be sent. */
export function jsonText({ route, reply }: Call, { declared, value }: Extract<ReplyBody, { kind: 'json' }>): string {
  return declared ? route.serializers.forStatus(reply.status)(value) : toJson(value)
}

/**
 * Turns a body that is at hand into bytes, in place, and gives them; undefined for one that is not: a stream, or none.
 *
 * @throws ServiceError `BAD_RESPONSE` as `jsonText`.
 */
export function encodeBody(call: Call): Uint8Array | undefined {
  const { reply } = call
  const { body } = reply
  if (body.kind === 'bytes') return body.bytes
  if (body.kind !== 'json' && body.kind !== 'text') return undefined
  const bytes = Buffer.from(body.kind === 'json' ? jsonText(call, body) : body.text)
  reply.body = { kind: 'bytes', bytes, contentType: body.contentType }
  return bytes
}
