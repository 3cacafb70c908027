/**
 * Reads a request's body: all of it or piece by piece, decompressed where the app allows that.
 *
 *   content-encoding ──none──────────────▶ exchange.body
 *                    ├─allowed───────────▶ exchange.body ─▶ decoder, counted against the same limit
 *                    └─any other─────────▶ 415 with `accept-encoding`
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ContentCoding } from '../../wire/content-coding.ts'
import type { Call } from '../internal/call.ts'
import { decompress, decompressPieces } from './decompression.ts'

/** @throws ServiceError as `RawRequest.bytes`. */
export function readBytes(call: Call): Uint8Array | Promise<Uint8Array> {
  const { body } = call.exchange
  const coding = contentCoding(call)
  if (coding === undefined) return body.bytes()
  const { maxBytes } = body
  const bytes = body.bytes()
  if (!(bytes instanceof Promise)) return decompress(coding, bytes, maxBytes)
  return bytes.then((compressed) => decompress(coding, compressed, maxBytes))
}

/** The body in place, for who is done with it before anything waits; undefined where `RawRequest.bytes` must give it. */
export function borrowBytes(call: Call): Uint8Array | undefined {
  if (call.bodyBytes !== undefined) return call.bodyBytes
  if (call.borrowedBody === undefined && contentCoding(call) === undefined) {
    call.borrowedBody = call.exchange.body.borrow()
  }
  return call.borrowedBody
}

/** Makes a borrowed body last, so that it can be read again. Whoever begins to wait calls it first. */
export function ownBody(call: Call): void {
  if (call.borrowedBody === undefined) return
  call.bodyBytes = new Uint8Array(call.borrowedBody)
  call.borrowedBody = undefined
}

/** In one piece if it was read before. */
export async function* readPieces(call: Call): AsyncGenerator<Uint8Array, void> {
  if (call.bodyBytes !== undefined) {
    yield call.bodyBytes
    return
  }
  const coding = contentCoding(call)
  const pieces = plainPieces(call)
  yield* coding === undefined ? pieces : decompressPieces(coding, pieces, call.exchange.body.maxBytes)
}

async function* plainPieces({ exchange }: Call): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const piece = await exchange.body.read()
    if (piece === undefined) return
    yield piece
  }
}

/** The coding to undo; undefined for none. */
function contentCoding({ exchange, settings, reply }: Call): ContentCoding | undefined {
  const header = exchange.header('content-encoding')
  if (header === undefined) return undefined
  const coding = header.trim().toLowerCase()
  if (coding === '' || coding === 'identity') return undefined
  const known = settings.requestEncodings.find(
    (allowed) => allowed === coding || (allowed === 'gzip' && coding === 'x-gzip'),
  )
  if (known !== undefined) return known
  const allowed = settings.requestEncodings.length === 0 ? 'identity' : settings.requestEncodings.join(', ')
  reply.headers.set('accept-encoding', allowed)
  throw new ServiceError(
    'CONTENT_ENCODING_NOT_SUPPORTED',
    `The body is compressed in a way that is not taken here; send it as ${allowed}.`,
    { status: 415 },
  )
}
