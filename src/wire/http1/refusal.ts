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
  requestLine: refusal(
    400,
    'BAD_REQUEST_LINE',
    'The request line is not: method, space, target, space, version, CRLF.',
  ),
  /** RFC 9112 section 4; only a client meets it. */
  statusLine: refusal(
    502,
    'BAD_STATUS_LINE',
    'The status line is not: HTTP/1.x, space, three digits, space, reason, CRLF.',
  ),
  /** RFC 9112 section 3.2. */
  target: refusal(
    400,
    'BAD_TARGET',
    'The request target is not a path, an http URI, or * for OPTIONS, in visible ASCII; host:port is for proxies.',
  ),
  /** RFC 9110 section 15.5.15. */
  targetTooLong: refusal(414, 'TARGET_TOO_LONG', 'The request target is longer than this server takes.'),
  /** RFC 9110 section 15.6.2. */
  method: refusal(501, 'METHOD_NOT_IMPLEMENTED', 'The method is longer than any that this server implements.'),
  /** RFC 9110 section 9.1: methods are those of HTTP. */
  foreignMethod: refusal(400, 'BAD_REQUEST_LINE', 'The method belongs to RTSP, which is not spoken here.'),
  /** RFC 9110 section 15.6.6. */
  version: refusal(505, 'VERSION_NOT_SUPPORTED', 'This connection speaks HTTP/1.1 and HTTP/1.0 only.'),
  /** RFC 9112 sections 2.2 and 5. */
  field: refusal(
    400,
    'BAD_FIELD',
    'A header field is not: name, colon, value, CRLF; without space before the colon, folded lines or control bytes.',
  ),
  /** RFC 6585 section 5. */
  headTooLarge: refusal(431, 'HEAD_TOO_LARGE', 'The header fields are larger, or more, than this server takes.'),
  /** RFC 9112 section 3.2. */
  host: refusal(400, 'BAD_HOST', 'An HTTP/1.1 request has exactly one Host field, with a host and an optional port.'),
  /** RFC 9110 section 8.6. */
  contentLength: refusal(400, 'BAD_CONTENT_LENGTH', 'Content-Length must stand once and be a decimal number.'),
  /** RFC 9110 section 15.5.14. */
  contentLengthTooLarge: refusal(413, 'BODY_TOO_LARGE', 'Content-Length is larger than any body this server takes.'),
  /** RFC 9112 section 6.1 and 6.3. */
  framing: refusal(
    400,
    'BAD_TRANSFER_ENCODING',
    'Transfer-Encoding must end with chunked, once, and stands neither beside Content-Length nor in HTTP/1.0.',
  ),
  /** RFC 9112 section 6.1. */
  transferCoding: refusal(
    501,
    'TRANSFER_CODING_NOT_IMPLEMENTED',
    'The only transfer coding understood here is chunked.',
  ),
  /** RFC 9112 section 7.1. */
  chunk: refusal(400, 'BAD_CHUNK', 'A chunk is not: size in hexadecimal, extensions, CRLF, that many bytes, CRLF.'),
  /** RFC 9112 section 7.1.1. */
  chunkExtensions: refusal(400, 'BAD_CHUNK', 'The chunk extensions are larger than this server takes.'),
  /** RFC 9110 section 10.1.1. */
  expectation: refusal(417, 'EXPECTATION_FAILED', 'The only expectation that can be met is 100-continue.'),
  /** RFC 9110 section 15.5.9. */
  headTimeout: refusal(408, 'HEAD_TIMEOUT', 'The request head did not arrive in time.'),
  /** RFC 9112 section 8. */
  truncated: refusal(400, 'REQUEST_TRUNCATED', 'The connection was half-closed before the request was complete.'),
}

export function toServiceErrorFrom(refusal: Refusal): ServiceError {
  return new ServiceError(refusal.code, refusal.message, { status: refusal.status })
}

function refusal(status: number, code: string, message: string): Refusal {
  return { status, code, message }
}
