/**
 * Decompression of request bodies. The limit counts decoded bytes and stops the decoder when it is met: a few kilobytes
 * can stand for gigabytes (a «zip bomb»), so nothing may be decoded first and measured then.
 */
import type { Transform } from 'node:stream'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { builtinModule } from '../../platform/builtin-module.ts'
import { throughTransform } from '../internal/through-transform.ts'
import type { ContentCoding } from './body-reader.ts'

type Decode = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: NodeJS.ErrnoException | null, decoded: Uint8Array) => void,
) => void

/** @throws ServiceError `BODY_TOO_LARGE` (413) or `BAD_BODY` (400), as rejection. */
export function decompress(coding: ContentCoding, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
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
      else reject(error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : badBody(coding, error))
    })
  })
}

/** Same errors as `decompress`, thrown by the iteration. */
export async function* decompressPieces(
  coding: ContentCoding,
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let total = 0
  try {
    for await (const piece of throughTransform(pieces, () => ({ transform: createDecoder(coding) }))) {
      total += piece.length
      if (total > maxBytes) throw tooLarge(maxBytes)
      yield piece
    }
  } catch (error) {
    throw error instanceof ServiceError ? error : badBody(coding, error)
  }
}

function createDecoder(coding: ContentCoding): Transform {
  const zlib = builtinModule('node:zlib')
  if (coding === 'gzip') return zlib.createGunzip()
  if (coding === 'deflate') return zlib.createInflate()
  return coding === 'br' ? zlib.createBrotliDecompress() : zlib.createZstdDecompress()
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes once it is decompressed.`, {
    status: 413,
    details: { maxBytes },
  })
}

function badBody(coding: ContentCoding, cause: unknown): ServiceError {
  return new ServiceError('BAD_BODY', `The body is not ${coding}, though its content-encoding says so.`, {
    status: 400,
    cause,
  })
}
