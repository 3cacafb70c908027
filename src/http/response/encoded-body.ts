/**
 * Values as they are sent.
 *
 *   c.json(value) ─▶ what its schema declares ─▶ JSON, or the registered format that the client asks for by `accept`
 */
import type { BodyCodec } from '../binding/body-codec.ts'
import type { Call } from '../internal/call.ts'
import { preferredMediaType } from '../negotiation/accept.ts'
import { addVary } from '../negotiation/vary.ts'
import type { ReplyBody } from '../reply.ts'
import { toJson } from './serializers.ts'

type JsonBody = Extract<ReplyBody, { kind: 'json' }>

/** The body with its value written; others as they are. @throws ServiceError `BAD_RESPONSE` if it cannot be sent. */
export function encodeValue(call: Call, body: JsonBody): Extract<ReplyBody, { kind: 'text' | 'bytes' }> {
  const { encoders } = call.settings
  const { contentType, declared, value } = body
  const codec = declared && encoders.length > 0 ? chooseCodec(call, encoders, contentType) : undefined
  if (codec !== undefined) {
    const projected = call.route.serializers.project(call.reply.status, value)
    return { kind: 'bytes', bytes: codec.encode(projected), contentType: codec.contentType }
  }
  const text = declared ? call.route.serializers.forStatus(call.reply.status)(value) : toJson(value)
  return { kind: 'text', text, contentType }
}

/**
 * Turns a body that is at hand into bytes, in place, and gives them; undefined for one that is not: a stream, or none.
 *
 * @throws ServiceError `BAD_RESPONSE` as `encodeValue`.
 */
export function encodeBody(call: Call): Uint8Array | undefined {
  const { reply } = call
  const body = reply.body.kind === 'json' ? encodeValue(call, reply.body) : reply.body
  if (body.kind === 'bytes') {
    reply.body = body
    return body.bytes
  }
  if (body.kind !== 'text') return undefined
  const bytes = Buffer.from(body.text)
  reply.body = { kind: 'bytes', bytes, contentType: body.contentType }
  return bytes
}

/** A registered format with a way to write it. */
export type Encoder = BodyCodec & { encode(value: unknown): Uint8Array }

/** Undefined for JSON, which is also what a client gets that accepts none of ours. */
function chooseCodec({ exchange, reply }: Call, encoders: readonly Encoder[], json: string): Encoder | undefined {
  addVary(reply.headers, 'accept')
  const chosen = preferredMediaType(exchange.header('accept'), [
    json,
    ...encoders.map(({ contentType }) => contentType),
  ])
  return encoders.find(({ contentType }) => contentType === chosen)
}
