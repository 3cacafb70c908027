/** The web platform's view of a request, made only for those who ask for it. */
import type { Call } from '../internal/call.ts'

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

function toWebStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done === true) controller.close()
        // Copied: the piece is the exchange's to reuse once the next one is asked for.
        else controller.enqueue(new Uint8Array(value))
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
