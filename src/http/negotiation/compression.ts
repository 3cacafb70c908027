/**
 * Compression of answers, in the coding that the client likes best.
 *
 *   worth it? ──no──▶ as it is             too small, no text, coded already, a range, `no-transform`
 *      └─yes─▶ vary: accept-encoding ─▶ coding? ─▶ bytes: at once │ stream: piece by piece, events flushed one by one
 *
 * A secret and text of the sender's choice compressed together can be told from the length (BREACH): leave pages that
 * reflect input next to secrets out by `skip`.
 */
import type { Transform } from 'node:stream'
import { builtinModule } from '../../platform/builtin-module.ts'
import { throughTransform } from '../../wire/through-transform.ts'
import type { HttpContext } from '../context.ts'
import type { Reply, ReplyBody } from '../reply.ts'
import { preferredEncoding } from './accept.ts'
import { addVary } from './vary.ts'

export type CompressionEncoding = 'zstd' | 'br' | 'gzip'

export interface CompressionOptions {
  /** Ours in order of preference. Default zstd, br, gzip. */
  readonly encodings?: readonly CompressionEncoding[]
  /** Smaller bodies are sent as they are: they would hardly fit in fewer packets. Default 1,024 bytes. */
  readonly minBytes?: number
  /** Answers that are not to be compressed. Default none. */
  readonly skip?: (c: HttpContext) => boolean
}

/** Bodies up to this size are compressed at once: a thread would take longer to wake than to do it. */
const maxSyncBytes = 16 * 1024

/** Media types whose content is text, or nearly. */
const compressible =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|javascript|wasm|x-ndjson|graphql)|image\/(?:svg\+xml|bmp|x-icon)|font\/(?:ttf|otf)|application\/vnd\.ms-fontobject)/i

/** Compresses the answer of `c`, if that is worth it; a promise for large ones. */
export function compressReply(
  c: HttpContext,
  { encodings = ['zstd', 'br', 'gzip'], minBytes = 1024, skip }: CompressionOptions = {},
): Reply | Promise<Reply> {
  const { reply } = c
  if (!isWorthIt(c, minBytes) || skip?.(c) === true) return reply
  addVary(reply.headers, 'accept-encoding')
  const encoding = preferredEncoding(c.raw.header('accept-encoding'), encodings)
  if (encoding === undefined) return reply
  const { body } = reply
  if (body.kind === 'stream') return compressStream(c, body, encoding)
  const bytes = c.encodeBody()
  if (bytes === undefined) return reply
  if (bytes.length <= maxSyncBytes) return replaceBytes(reply, compressNow(bytes, encoding), encoding)
  return compressLater(bytes, encoding).then((compressed) => replaceBytes(reply, compressed, encoding))
}

function isWorthIt(c: HttpContext, minBytes: number): boolean {
  const { status, headers, body, hasHeaders } = c.reply
  if (body.kind === 'empty' || body.kind === 'taken' || status === 206) return false
  const type = (hasHeaders ? headers.get('content-type') : undefined) ?? body.contentType ?? ''
  if (!compressible.test(type)) return false
  if (hasHeaders && (headers.has('content-encoding') || headers.has('content-range'))) return false
  if (hasHeaders && /(?:^|,)\s*no-transform\s*(?:,|$)/i.test(headers.get('cache-control') ?? '')) return false
  if (body.kind === 'stream') return body.length === undefined || body.length >= minBytes
  return (c.encodeBody()?.length ?? 0) >= minBytes
}

function compressStream(
  c: HttpContext,
  body: Extract<ReplyBody, { kind: 'stream' }>,
  encoding: CompressionEncoding,
): Reply {
  const { reply } = c
  const isEvents = (reply.headers.get('content-type') ?? body.contentType) === 'text/event-stream'
  const makeStep = () => {
    const transform = createEncoder(encoding)
    return isEvents ? { transform, flush: () => transform.flush() } : { transform }
  }
  // HEAD is answered with the same head, but its source is not read.
  const source = c.method === 'HEAD' ? body.source : throughTransform(body.source, makeStep)
  reply.body = { kind: 'stream', source, contentType: body.contentType }
  return markEncoded(reply, encoding)
}

function replaceBytes(reply: Reply, bytes: Uint8Array, encoding: CompressionEncoding): Reply {
  const contentType = reply.body.kind === 'bytes' ? reply.body.contentType : undefined
  reply.body = { kind: 'bytes', bytes, contentType }
  return markEncoded(reply, encoding)
}

function markEncoded(reply: Reply, encoding: CompressionEncoding): Reply {
  reply.headers.set('content-encoding', encoding)
  // The bytes are no longer those that a strong validator vouches for (RFC 9110 section 8.8.1), nor are ranges of them.
  const etag = reply.headers.get('etag')
  if (etag?.startsWith('"')) reply.headers.set('etag', `W/${etag}`)
  reply.headers.delete('accept-ranges')
  return reply
}

function compressNow(bytes: Uint8Array, encoding: CompressionEncoding): Uint8Array {
  const zlib = builtinModule('node:zlib')
  if (encoding === 'gzip') return zlib.gzipSync(bytes)
  return encoding === 'br' ? zlib.brotliCompressSync(bytes, brotliOptions(bytes.length)) : zlib.zstdCompressSync(bytes)
}

function compressLater(bytes: Uint8Array, encoding: CompressionEncoding): Promise<Uint8Array> {
  const zlib = builtinModule('node:zlib')
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, compressed: Uint8Array) => (error === null ? resolve(compressed) : reject(error))
    if (encoding === 'gzip') zlib.gzip(bytes, done)
    else if (encoding === 'br') zlib.brotliCompress(bytes, brotliOptions(bytes.length), done)
    else zlib.zstdCompress(bytes, done)
  })
}

/** Quality 11, the default, is for content that is compressed once and kept; 4 is as fast as gzip and smaller. */
function brotliOptions(sizeHint: number): { params: Record<number, number> } {
  const { constants } = builtinModule('node:zlib')
  return { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: sizeHint } }
}

interface Encoder extends Transform {
  flush(): void
}

function createEncoder(encoding: CompressionEncoding): Encoder {
  const zlib = builtinModule('node:zlib')
  if (encoding === 'gzip') return zlib.createGzip({ flush: zlib.constants.Z_NO_FLUSH })
  return encoding === 'br' ? zlib.createBrotliCompress(brotliOptions(0)) : zlib.createZstdCompress()
}
