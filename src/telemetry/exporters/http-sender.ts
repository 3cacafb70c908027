/**
 * HttpSender: posts bodies to one address over connections that are kept, on the wire's bare client: what is sent here is
 * neither traced nor measured as a request.
 *
 *   send ─▶ a free connection, or a new one ─▶ POST ─▶ status, headers, body │ throws: no connection, no answer in time
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { builtinModule } from '../../platform/builtin-module.ts'
import type { TlsClientOptions } from '../../platform/tls.ts'
import { HeaderList } from '../../wire/headers.ts'
import { Http1ClientConnection } from '../../wire/http1/client-connection.ts'

export interface HttpSenderOptions {
  /** Where to, `http:` or `https:`. */
  readonly url: string
  /** Fields of every request, names lower-case. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** From the beginning of the connection to the end of the answer; default 10,000. */
  readonly timeoutMs?: number
  readonly compression?: 'gzip' | 'none'
  readonly tls?: TlsClientOptions
  readonly clock?: Clock
}

export interface HttpAnswer {
  readonly status: number
  header(name: string): string | undefined
  readonly body: Uint8Array
}

/** An answer to telemetry says yes, or why not; more than this is not read. */
const maxAnswerBytes = 64 * 1024
/** Below the 60 s and more that receivers and proxies allow. */
const idleMs = 30_000

export class HttpSender {
  readonly #url: URL
  readonly #headers: readonly (readonly [string, string])[]
  readonly #timeoutMs: number
  readonly #compression: 'gzip' | 'none'
  readonly #tls: TlsClientOptions | undefined
  readonly #clock: Clock
  readonly #free: Http1ClientConnection[] = []
  readonly #lastUse = new WeakMap<Http1ClientConnection, number>()
  #isClosed = false

  /** @throws ServiceError `BAD_URL` for an address that is none. */
  constructor({
    url,
    headers = [],
    timeoutMs = 10_000,
    compression = 'none',
    tls,
    clock = systemClock,
  }: HttpSenderOptions) {
    this.#url = receiverUrl(url)
    this.#headers = headers
    this.#timeoutMs = timeoutMs
    this.#compression = compression
    this.#tls = tls
    this.#clock = clock
  }

  /**
   * @throws ServiceError what the platform says of a connection that does not stand, `DEADLINE_EXCEEDED`, what the wire says
   *   of a broken answer; the signal's reason.
   */
  async send(body: Uint8Array, contentType: string, signal: AbortSignal): Promise<HttpAnswer> {
    const controller = new AbortController()
    const giveUp = (): void => controller.abort(signal.reason)
    const cancelTimer = this.#clock.schedule(this.#timeoutMs, () => controller.abort(this.#overdue()))
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      signal.throwIfAborted()
      const content = this.#compression === 'gzip' ? await gzipped(body) : body
      return await this.#post(content, contentType, controller.signal)
    } finally {
      cancelTimer()
      signal.removeEventListener('abort', giveUp)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#free.splice(0)) connection.close()
  }

  async #post(body: Uint8Array, contentType: string, signal: AbortSignal): Promise<HttpAnswer> {
    const kept = this.#takeFree()
    if (kept !== undefined) {
      try {
        return await this.#postOn(kept, body, contentType, signal)
      } catch (error) {
        // The other end has closed what was kept, which says nothing about how it is.
        if (signal.aborted || !isLost(error)) throw error
      }
    }
    return this.#postOn(await this.#open(signal), body, contentType, signal)
  }

  async #postOn(
    connection: Http1ClientConnection,
    body: Uint8Array,
    contentType: string,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers = HeaderList.from(this.#headers).set('content-type', contentType)
    if (this.#compression === 'gzip') headers.set('content-encoding', 'gzip')
    const { pathname, search, host } = this.#url
    const target = `${pathname}${search}`
    try {
      const answer = await connection.request({ method: 'POST', target, authority: host, headers, body, signal })
      answer.body.maxBytes = maxAnswerBytes
      const content = (await answer.body.bytes()).slice()
      return { status: answer.status, header: (name) => answer.headers.get(name), body: content }
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #open(signal: AbortSignal): Promise<Http1ClientConnection> {
    const { hostname, port, protocol } = this.#url
    const isTls = protocol === 'https:'
    return Http1ClientConnection.connect({
      // A literal IPv6 address stands in brackets in a URL and without them everywhere else.
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isTls ? 443 : 80) : Number(port),
      timeoutMs: this.#timeoutMs,
      signal,
      onFree: (connection) => this.#keep(connection),
      onClose: (connection) => this.#forget(connection),
      ...(isTls && { tls: { alpnProtocols: ['http/1.1'], ...this.#tls } }),
    })
  }

  #takeFree(): Http1ClientConnection | undefined {
    let connection = this.#free.pop()
    while (connection !== undefined && !connection.isFree) connection = this.#free.pop()
    return connection
  }

  #keep(connection: Http1ClientConnection): void {
    if (this.#isClosed) {
      connection.close()
      return
    }
    const sinceMs = this.#clock.monotonic()
    this.#lastUse.set(connection, sinceMs)
    this.#free.push(connection)
    this.#clock.schedule(idleMs, () => {
      if (this.#lastUse.get(connection) === sinceMs && this.#free.includes(connection)) connection.close()
    })
  }

  #forget(connection: Http1ClientConnection): void {
    const at = this.#free.indexOf(connection)
    if (at !== -1) this.#free.splice(at, 1)
  }

  #overdue(): ServiceError {
    return new ServiceError('DEADLINE_EXCEEDED', `The receiver did not answer within ${this.#timeoutMs} ms.`, {
      status: 504,
    })
  }
}

function isLost(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'CONNECTION_LOST'
}

function receiverUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new ServiceError(
    'BAD_URL',
    `The address of a telemetry receiver must begin with http:// or https://; it has ${text.length} characters that do not.`,
  )
}

function gzipped(body: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    builtinModule('node:zlib').gzip(body, (error, result) => (error === null ? resolve(result) : reject(error)))
  })
}
