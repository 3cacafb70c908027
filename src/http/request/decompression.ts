/** Decompression of request bodies, within the limit that counts what comes out. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { type ContentCoding, type DecodingErrors, decodeContent, decodePieces } from '../../wire/content-coding.ts'

/** @throws ServiceError `BODY_TOO_LARGE` (413) or `BAD_BODY` (400), as rejection. */
export function decompress(coding: ContentCoding, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  return decodeContent(bytes, { coding, maxBytes, errors })
}

/** Same errors as `decompress`, thrown by the iteration. */
export function decompressPieces(
  coding: ContentCoding,
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void> {
  return decodePieces(pieces, { coding, maxBytes, errors })
}

const errors: DecodingErrors = {
  tooLarge: (maxBytes) =>
    new ServiceError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes once it is decompressed.`, {
      status: 413,
      details: { maxBytes },
    }),
  malformed: (coding, cause) =>
    new ServiceError('BAD_BODY', `The body is not ${coding}, though its content-encoding says so.`, {
      status: 400,
      cause,
    }),
}
