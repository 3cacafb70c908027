/** The web platform's view of a request, made only for those who ask for it. */
import type { Call } from '../internal/call.ts'
import { toWebStream } from '../internal/web-stream.ts'

/** `pieces` become the body, where the method may have one. */
export function toWebRequest({ exchange, context }: Call, url: string, pieces: AsyncIterable<Uint8Array>): Request {
  const { method } = exchange
  const headers = new Headers()
  const pairs = exchange.headerPairs()
  for (let i = 0; i < pairs.length; i += 2) headers.append(pairs[i] as string, pairs[i + 1] as string)
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal: context.signal }
  if (method !== 'GET' && method !== 'HEAD' && exchange.body.length !== 0) {
    init.body = toWebStream(pieces)
    init.duplex = 'half'
  }
  return new Request(url, init)
}
