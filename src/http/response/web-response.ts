/** A web `Response` as an answer. */
import type { Call } from '../internal/call.ts'
import { emptyBody, type Reply } from '../reply.ts'

/** Its status and body replace what was recorded; its headers replace those of the same name. */
export function recordWebResponse({ reply }: Call, response: Response): Reply {
  reply.status = response.status
  for (const [name, value] of response.headers) {
    // Framing is the engine's business, and the body arrives here decoded.
    if (name === 'set-cookie') reply.headers.append(name, value)
    else if (name !== 'content-length' && name !== 'transfer-encoding' && name !== 'connection')
      reply.headers.set(name, value)
  }
  const length = response.headers.get('content-length')
  if (response.body === null) reply.body = emptyBody
  else {
    const isKnown = length !== null && /^\d+$/.test(length)
    reply.body = {
      kind: 'stream',
      source: response.body,
      contentType: undefined,
      ...(isKnown && { length: Number(length) }),
    }
  }
  return reply
}
