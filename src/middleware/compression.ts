/** compression: answers in the coding that the client likes best: zstd, brotli or gzip. */
import type { Middleware } from '../http/middleware.ts'
import { type CompressionOptions, compressReply } from '../http/negotiation/compression.ts'

/**
 * Put it outside of what makes bodies. Small answers, what is compressed already and pieces of files stay as they are.
 * A secret next to text of the sender's choice can be told from the length (BREACH): leave such pages out by `skip`.
 */
export function compression(options: CompressionOptions = {}): Middleware {
  return function compression(c, next) {
    const reply = next()
    return reply instanceof Promise ? reply.then(() => compressReply(c, options)) : compressReply(c, options)
  }
}
