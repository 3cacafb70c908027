/** A web `Response` as an answer. */
import type { Call } from '../internal/call.ts'
import { emptyBody, type Reply } from '../reply.ts'

/**
 * What a body is where nobody says. Bun does not tell that the body of a `Response` was text, so that only this choice
 * serves text as what it is on both runtimes; browsers do not guess at it, as they would without a type.
 */
const fallbackType = 'text/plain; charset=utf-8'

/** Fields about a connection (RFC 9110 section 7.6.1), which are not this one's. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Its status and body replace what was recorded; its headers replace those of the same name. */
export function recordWebResponse({ reply }: Call, response: Response): Reply {
  // `fetch` gives the content decoded, with the fields of the encoded one.
  const isDecoded = response.url !== '' && response.headers.has('content-encoding')
  reply.status = response.status
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') reply.headers.append(name, value)
    else if (name === 'content-length' || hopByHop.has(name)) continue
    else if (name !== 'content-encoding' || !isDecoded) reply.headers.set(name, value)
  }
  if (response.body === null) {
    reply.body = emptyBody
    return reply
  }
  const length = isDecoded ? undefined : lengthOf(response)
  reply.body = {
    kind: 'stream',
    source: response.body,
    contentType: fallbackType,
    ...(length !== undefined && { length }),
  }
  return reply
}

function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-length')
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined
}
