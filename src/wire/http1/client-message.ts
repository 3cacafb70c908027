/** What a bare HTTP/1.1 client sends and gets. Everything above a single connection belongs to `client/`. */
import { Buffer } from 'node:buffer'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { RequestBody, UpgradedConnection } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { fieldLines } from './message-writer.ts'
import { lowerToken, targetByte } from './octets.ts'

export interface ClientRequest {
  /** Case-sensitive token, such as `GET`. */
  readonly method: string
  /** `/path?query`, or `*`; already encoded. */
  readonly target: string
  /** For the `host` field, unless `headers` has one. */
  readonly authority: string
  /** Framing and connection fields in it are ignored, except `connection: close`. */
  readonly headers?: HeaderList
  readonly body?: string | Uint8Array | OutgoingBody
  /** Ends the exchange, and the connection with it. */
  readonly signal?: AbortSignal
  /** Told of interim answers, such as 103 with its `link` fields. */
  onInformational?(status: number, headers: HeaderList): void
}

/** A body that is pulled piece by piece, at the pace of the server. The body of an exchange is one. */
export interface OutgoingBody {
  /** In bytes, if it is known; else the body is chunked. */
  readonly length?: number | undefined
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Asked for once the body has ended; only a chunked one can carry them. */
  trailers?(): HeaderList | undefined
}

export interface ClientResponse {
  readonly status: number
  readonly httpVersion: '1.0' | '1.1'
  readonly headers: HeaderList
  /**
   * Pulled as the body of a request is, and unlimited unless `maxBytes` is set. It must be read to its end or discarded:
   * until then the connection is taken. Its errors are `BAD_RESPONSE`, `RESPONSE_TOO_LARGE` and `CONNECTION_LOST`.
   */
  readonly body: RequestBody
  /** Field behind the body; undefined until the body was read to its end. */
  trailer(name: string): string | undefined
  /** Gives the rest of the body up: it is skipped where that is quick, else the connection is closed. */
  discard(): void
  /** The connection itself, behind a 101. */
  readonly upgraded?: UpgradedConnection
}

/** Methods whose requests mean something by having no content (RFC 9110 section 8.6). */
const contentMethods = new Set(['POST', 'PUT', 'PATCH'])

/**
 * The head of a request as a byte string.
 *
 * @throws ServiceError `BAD_REQUEST` for what would not be one request on the wire, `BAD_HEADER` for the authority.
 */
export function requestHead(request: ClientRequest): string {
  const { method, target, authority, headers = new HeaderList() } = request
  if (!isMadeOf(method, lowerToken)) throw badRequest('method', 'a token')
  if (!isMadeOf(target, targetByte)) throw badRequest('target', 'visible ASCII without #, percent-encoded')
  let head = `${method} ${target} HTTP/1.1\r\n`
  if (!headers.has('host')) head += fieldLines(new HeaderList().append('host', authority).pairs)
  head += fieldLines(headers.pairs) + framingLine(request)
  if (wantsClose(headers)) head += 'connection: close\r\n'
  else if (headers.has('upgrade')) head += 'connection: upgrade\r\n'
  return `${head}\r\n`
}

export function wantsClose(headers: HeaderList | undefined): boolean {
  return headers?.get('connection')?.toLowerCase() === 'close'
}

function framingLine({ method, body }: ClientRequest): string {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body === undefined ? 0 : body.length
  if (length === undefined) return 'transfer-encoding: chunked\r\n'
  return length === 0 && !contentMethods.has(method) ? '' : `content-length: ${length}\r\n`
}

function isMadeOf(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (!table[text.charCodeAt(i)]) return false
  return text.length > 0
}

function badRequest(part: string, expected: string): ServiceError {
  return new ServiceError('BAD_REQUEST', `The ${part} of an outgoing request must be ${expected}.`)
}
