/**
 * Refusal: why the wire does not take a message.
 *
 * A server answers it and closes the connection, because behind a message that it could not read it cannot know where
 * the next one begins. The text names what is wrong, never what arrived.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'

export interface Refusal {
  /** Status a server answers with. */
  readonly status: number
  readonly code: string
  readonly message: string
}

export type RefusalName =
  | 'requestLine'
  | 'statusLine'
  | 'target'
  | 'targetTooLong'
  | 'method'
  | 'foreignMethod'
  | 'version'
  | 'field'
  | 'headTooLarge'
  | 'host'
  | 'contentLength'
  | 'contentLengthTooLarge'
  | 'framing'
  | 'transferCoding'
  | 'chunk'
  | 'chunkExtensions'
  | 'expectation'
  | 'headTimeout'
  | 'truncated'

export const refusals: Readonly<Record<RefusalName, Refusal>> = {
  /** RFC 9112 section 3. */
  requestLine: {
    status: 400,
    code: 'BAD_REQUEST_LINE',
    message: 'The request line is not: method, space, target, space, version, CRLF.',
  },
  /** RFC 9112 section 4; only a client meets it. */
  statusLine: {
    status: 502,
    code: 'BAD_RESPONSE',
    message: 'The status line is not: HTTP/1.x, space, three digits, space, reason, CRLF.',
  },
  /** RFC 9112 section 3.2. */
  target: {
    status: 400,
    code: 'BAD_TARGET',
    message:
      'The request target is not a path, an http URI, or * for OPTIONS, in visible ASCII; host:port is for proxies.',
  },
  /** RFC 9110 section 15.5.15. */
  targetTooLong: {
    status: 414,
    code: 'TARGET_TOO_LONG',
    message: 'The request target is longer than this server takes.',
  },
  /** RFC 9110 section 15.6.2. */
  method: {
    status: 501,
    code: 'METHOD_NOT_IMPLEMENTED',
    message: 'The method is longer than any that this server implements.',
  },
  /** RFC 9110 section 9.1: methods are those of HTTP. */
  foreignMethod: {
    status: 400,
    code: 'BAD_REQUEST_LINE',
    message: 'The method belongs to RTSP, which is not spoken here.',
  },
  /** RFC 9110 section 15.6.6. */
  version: {
    status: 505,
    code: 'VERSION_NOT_SUPPORTED',
    message: 'This connection speaks HTTP/1.1 and HTTP/1.0 only.',
  },
  /** RFC 9112 sections 2.2 and 5. */
  field: {
    status: 400,
    code: 'BAD_FIELD',
    message:
      'A header field is not: name, colon, value, CRLF; without space before the colon, folded lines or control bytes.',
  },
  /** RFC 6585 section 5. */
  headTooLarge: {
    status: 431,
    code: 'HEAD_TOO_LARGE',
    message: 'The header fields are larger, or more, than this server takes.',
  },
  /** RFC 9112 section 3.2. */
  host: {
    status: 400,
    code: 'BAD_HOST',
    message: 'An HTTP/1.1 request has exactly one Host field, with a host and an optional port.',
  },
  /** RFC 9110 section 8.6. */
  contentLength: {
    status: 400,
    code: 'BAD_CONTENT_LENGTH',
    message: 'Content-Length must stand once and be a decimal number.',
  },
  /** RFC 9110 section 15.5.14. */
  contentLengthTooLarge: {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: 'Content-Length is larger than any body this server takes.',
  },
  /** RFC 9112 section 6.1 and 6.3. */
  framing: {
    status: 400,
    code: 'BAD_TRANSFER_ENCODING',
    message: 'Transfer-Encoding must end with chunked, once, and stands neither beside Content-Length nor in HTTP/1.0.',
  },
  /** RFC 9112 section 6.1. */
  transferCoding: {
    status: 501,
    code: 'TRANSFER_CODING_NOT_IMPLEMENTED',
    message: 'The only transfer coding understood here is chunked.',
  },
  /** RFC 9112 section 7.1. */
  chunk: {
    status: 400,
    code: 'BAD_BODY',
    message: 'A chunk is not: size in hexadecimal, extensions, CRLF, that many bytes, CRLF.',
  },
  /** RFC 9112 section 7.1.1. */
  chunkExtensions: {
    status: 400,
    code: 'BAD_BODY',
    message: 'The chunk extensions are larger than this server takes.',
  },
  /** RFC 9110 section 10.1.1. */
  expectation: {
    status: 417,
    code: 'EXPECTATION_FAILED',
    message: 'The only expectation that can be met is 100-continue.',
  },
  /** RFC 9110 section 15.5.9. */
  headTimeout: {
    status: 408,
    code: 'HEAD_TIMEOUT',
    message: 'The request head did not arrive in time.',
  },
  /** RFC 9112 section 8. */
  truncated: {
    status: 400,
    code: 'REQUEST_TRUNCATED',
    message: 'The connection was half-closed before the request was complete.',
  },
}

export function toServiceErrorFrom(refusal: Refusal): ServiceError {
  return new ServiceError(refusal.code, refusal.message, { status: refusal.status })
}
