/**
 * RawRequest: a request as it came, before any schema. Values are read when they are asked for and kept.
 *
 *   c.raw.header('authorization')   c.raw.param('id')   c.raw.query('page')   c.raw.cookie('session')
 *   await c.raw.bytes()   await c.raw.text()   await c.raw.json()   for await (const piece of c.raw.stream()) …
 */
import type { RawCookies, RawHeaders, RawQuery } from '../../api/operation.ts'
import { parseJson } from '../../schema/json.ts'
import { asciiText } from '../internal/ascii-text.ts'
import type { Call } from '../internal/call.ts'
import { contextReleased } from '../internal/context-released.ts'
import { nullRecord } from '../internal/null-record.ts'
import { ownBody, readBytes, readPieces } from './body-reader.ts'
import { cookieSigner } from './cookie-signer.ts'
import { parseCookies } from './cookies.ts'
import { type MultipartLimits, type MultipartPart, readMultipart } from './multipart.ts'
import { parseQuery } from './query-string.ts'
import { toWebRequest } from './web-request.ts'

export class RawRequest {
  readonly #call: Call
  #path: string | undefined
  #params: Readonly<Record<string, string>> | undefined
  #queries: RawQuery | undefined
  #headers: RawHeaders | undefined
  #cookies: RawCookies | undefined
  #webRequest: Request | undefined

  constructor(call: Call) {
    this.#call = call
  }

  /** As sent: percent-encoded, without the query. */
  get path(): string {
    const { exchange } = this.#live()
    this.#path ??= asciiText(exchange.head, exchange.pathStart, exchange.pathEnd)
    return this.#path
  }

  /** Path and query as sent. */
  get target(): string {
    const { head, queryStart, queryEnd } = this.#live().exchange
    return queryEnd > queryStart ? `${this.path}?${asciiText(head, queryStart, queryEnd)}` : this.path
  }

  /** One parameter of the pattern, decoded. */
  param(name: string): string | undefined {
    return this.params[name]
  }

  get params(): Readonly<Record<string, string>> {
    const call = this.#live()
    this.#params ??= call.readParams()
    return this.#params
  }

  /** The first value of the name in the query. @throws ServiceError `BAD_QUERY` (400). */
  query(name: string): string | undefined {
    const value = this.queries[name]
    return typeof value === 'string' || value === undefined ? value : value[0]
  }

  /** All of the query; several values of one name are an array. @throws ServiceError `BAD_QUERY` (400). */
  get queries(): RawQuery {
    const { exchange, settings } = this.#live()
    this.#queries ??= parseQuery(
      asciiText(exchange.head, exchange.queryStart, exchange.queryEnd),
      settings.limits.maxQueryPairs,
    )
    return this.#queries
  }

  /** One header by its lower-case name; several fields of it are joined with a comma. */
  header(name: string): string | undefined {
    return this.#live().exchange.header(name)
  }

  get headers(): RawHeaders {
    const { exchange } = this.#live()
    this.#headers ??= headerRecord(exchange.headerPairs())
    return this.#headers
  }

  cookie(name: string): string | undefined {
    return this.cookies[name]
  }

  /** @throws ServiceError `TOO_MANY_COOKIES` (400). */
  get cookies(): RawCookies {
    const { exchange, settings } = this.#live()
    this.#cookies ??= parseCookies(exchange.header('cookie'), settings.limits.maxCookies)
    return this.#cookies
  }

  /** The value of a cookie set with `signed: true`, if one of the keys signed it. @throws ServiceError `COOKIE_KEYS_MISSING`. */
  signedCookie(name: string): string | undefined {
    const signer = cookieSigner(this.#live().settings)
    const sent = this.cookie(name)
    return sent === undefined ? undefined : signer.verify(name, sent)
  }

  /**
   * The whole body, decompressed if the app allows that; at once if it has arrived. Reading it again gives the same bytes.
   *
   * @throws ServiceError `BODY_TOO_LARGE` (413), `BODY_TIMEOUT` (408), `BAD_BODY` (400), `CLIENT_GONE`,
   *   `CONTENT_ENCODING_NOT_SUPPORTED` (415), or `BODY_CONSUMED` after `stream()`; thrown or as rejection.
   */
  bytes(): Uint8Array | Promise<Uint8Array> {
    const call = this.#live()
    ownBody(call)
    if (call.bodyBytes !== undefined) return call.bodyBytes
    const bytes = readBytes(call)
    return bytes instanceof Promise ? bytes.then((read) => keep(call, read)) : keep(call, bytes)
  }

  /** The body as UTF-8. Same errors as `bytes`. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** The body as JSON, read as strictly as a validated one. Same errors as `bytes` and `parseJson`. */
  async json(): Promise<unknown> {
    return parseJson(await this.bytes(), this.#live().settings.json)
  }

  /** The body piece by piece, as it comes; a piece is valid until the next one. Same errors as `bytes`. */
  stream(): AsyncIterable<Uint8Array> {
    const call = this.#live()
    ownBody(call)
    return readPieces(call)
  }

  /**
   * The parts of a multipart form, as they come.
   *
   * @throws ServiceError `CONTENT_TYPE_NOT_SUPPORTED` (415), `FORM_TOO_LARGE` (413), `MULTIPART_NOT_INSTALLED`, and as `bytes`.
   */
  multipart(limits: Partial<MultipartLimits> = {}): AsyncIterable<MultipartPart> {
    const call = this.#live()
    return readMultipart(call, this.stream(), { ...call.settings.limits, ...limits })
  }

  /** Sets the largest body that may arrive, in bytes after decoding. Call it before the body is read. */
  limit(maxBytes: number): void {
    this.#live().exchange.body.maxBytes = maxBytes
  }

  /** The request as the web platform has it. Its body is this one: read either. */
  webRequest(url: string): Request {
    const call = this.#live()
    this.#webRequest ??= toWebRequest(call, url, this.stream())
    return this.#webRequest
  }

  #live(): Call {
    if (!this.#call.isOpen) throw contextReleased()
    return this.#call
  }
}

function keep(call: Call, bytes: Uint8Array): Uint8Array {
  call.bodyBytes = bytes
  return bytes
}

/** Null prototype; fields of one name are joined as `Exchange.header` joins them. */
function headerRecord(pairs: readonly string[]): RawHeaders {
  const headers: Record<string, string> = nullRecord()
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string
    const value = pairs[i + 1] as string
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}
