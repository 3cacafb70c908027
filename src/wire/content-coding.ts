/**
 * Content codings (RFC 9110 section 8.4.1) that are undone within a limit: a few kilobytes can stand for gigabytes (a «zip
 * bomb»), so the limit counts what comes out and stops the decoder when it is met.
 */
import type { Transform } from 'node:stream'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { builtinModule } from '../platform/builtin-module.ts'
import { throughTransform } from './through-transform.ts'

export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** In the order in which they are asked for. */
export const contentCodings: readonly ContentCoding[] = ['zstd', 'br', 'gzip', 'deflate']

/** The coding that a `content-encoding` names; undefined for none, several, or one that is not known. */
export function contentCodingOf(value: string | undefined): ContentCoding | undefined {
  const name = value?.trim().toLowerCase()
  return contentCodings.find((coding) => coding === (name === 'x-gzip' ? 'gzip' : name))
}

function createDecoder(coding: ContentCoding): Transform {
  const zlib = builtinModule('node:zlib')
  if (coding === 'gzip') return zlib.createGunzip()
  if (coding === 'deflate') return zlib.createInflate()
  return coding === 'br' ? zlib.createBrotliDecompress() : zlib.createZstdDecompress()
}

/** What went wrong, in the words of the side that reads. */
export interface DecodingErrors {
  tooLarge(maxBytes: number): ServiceError
  /** The content is not what its coding says. */
  malformed(coding: ContentCoding, cause: unknown): ServiceError
}

export interface Decoding {
  readonly coding: ContentCoding
  readonly maxBytes: number
  readonly errors: DecodingErrors
}

type Decode = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: NodeJS.ErrnoException | null, decoded: Uint8Array) => void,
) => void

/** The whole content at once. @throws what `errors` make. */
export function decodeContent(bytes: Uint8Array, { coding, maxBytes, errors }: Decoding): Promise<Uint8Array> {
  const zlib = builtinModule('node:zlib')
  const decoders: Readonly<Record<ContentCoding, Decode>> = {
    gzip: zlib.gunzip,
    deflate: zlib.inflate,
    br: zlib.brotliDecompress,
    zstd: zlib.zstdDecompress,
  }
  return new Promise((resolve, reject) => {
    decoders[coding](bytes, { maxOutputLength: maxBytes }, (error, decoded) => {
      if (error === null) resolve(decoded)
      else reject(error.code === 'ERR_BUFFER_TOO_LARGE' ? errors.tooLarge(maxBytes) : errors.malformed(coding, error))
    })
  })
}

/** Piece by piece; a piece is the caller's. Same errors, thrown by the iteration, and what `pieces` throws. */
export async function* decodePieces(
  pieces: AsyncIterable<Uint8Array>,
  { coding, maxBytes, errors }: Decoding,
): AsyncGenerator<Uint8Array, void> {
  let total = 0
  try {
    for await (const piece of throughTransform(pieces, () => ({ transform: createDecoder(coding) }))) {
      total += piece.length
      if (total > maxBytes) throw errors.tooLarge(maxBytes)
      yield piece
    }
  } catch (error) {
    throw error instanceof ServiceError ? error : errors.malformed(coding, error)
  }
}
