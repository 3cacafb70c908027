/** A web `Response` as an answer. */
import type { Call } from '../internal/call.ts'
import { emptyBody, type Reply } from '../reply.ts'

/**
 * What a body is where nobody says. Bun does not tell that the body of a `Response` was text, so that only this choice
 * serves text as what it is on both runtimes; browsers do not guess at it, as they would without a type.
 */
const fallbackType = 'text/plain; charset=utf-8'

/** Its status and body replace what was recorded; its headers replace those of the same name. */
export function recordWebResponse({ reply }: Call, response: Response): Reply {
  reply.status = response.status
  for (const [name, value] of response.headers) {
    // Framing is the engine's business, and the body arrives here decoded.
    if (name === 'set-cookie') reply.headers.append(name, value)
    else if (name !== 'content-length' && name !== 'transfer-encoding' && name !== 'connection')
      reply.headers.set(name, value)
  }
  if (response.body === null) {
    reply.body = emptyBody
    return reply
  }
  const length = response.headers.get('content-length')
  const isKnown = length !== null && /^\d+$/.test(length)
  reply.body = {
    kind: 'stream',
    source: response.body,
    contentType: fallbackType,
    ...(isKnown && { length: Number(length) }),
  }
  return reply
}
