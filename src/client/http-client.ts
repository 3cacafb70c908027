/**
 * HttpClient: outgoing calls with the caller's deadline, cancellation and trace.
 *
 *   request ─▶ context (deadline, signal) ─▶ span, traceparent, time left ─▶ pool ─▶ connection ─▶ answer
 *                                                                             ▲                      │ body read or given up
 *                                                                             └──────────────────────┘
 *
 * Redirects are followed only where that is asked for, and a guard checks each of them. It repeats a call only where nothing can have happened: when a kept connection turned out to be closed before any answer,
 * and the method is safe to repeat (RFC 9110 section 9.2.2).
 */
import { nextTurn } from '../concurrency/sleep.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { Context, currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { processEnvironment } from '../platform/environment.ts'
import { priorityHeader, requestPriority, requestTenant, tenantHeader } from '../resilience/caller.ts'
import { formatGrpcTimeout, formatRequestTimeout } from '../resilience/deadline-header.ts'
import { hasFaultyCalls } from '../resilience/fault/faulty-calls.ts'
import { defaultTracer } from '../telemetry/default-tracer.ts'
import type { Span, SpanOptions, Tracer } from '../telemetry/tracer.ts'
import { contentCodingOf, contentCodings } from '../wire/content-coding.ts'
import { HeaderList } from '../wire/headers.ts'
import type { ClientRequest, ClientResponse } from '../wire/http1/client-message.ts'
import { describeAnswer, describeCall } from './call-span.ts'
import { ClientAnswer } from './client-answer.ts'
import { ConnectionPool, type PoolOptions, type PoolView } from './connection-pool.ts'
import { atAddress, type Endpoint, endpointOf, parseUrl } from './endpoint.ts'
import type { PooledConnection } from './pooled-connection.ts'
import { Proxies, type ProxyOptions, proxyOptionsIn } from './proxies.ts'
import type { Hop } from './redirects.ts'
import { AwaitedBody, type HttpBody, type WireBody, wireBody } from './request-body.ts'
import type { Guard } from './url-guard.ts'

export interface HttpClientOptions extends PoolOptions {
  /** Time for a call where nobody says otherwise, in milliseconds; default 10,000. */
  timeoutMs?: number
  /** Largest body of an answer, in bytes; default 16 MiB. */
  maxAnswerBytes?: number
  /** Default the current span's; outside of any, that of the service that runs in this process. */
  tracer?: Tracer
  /** Redirects that are followed for a call; default none. */
  redirects?: RedirectOptions
  /** Asks for compressed answers. They are decompressed in any case, as far as `maxAnswerBytes`. Default false. */
  compression?: boolean
  /** Only URLs that lead to where the guard allows; `public` is the Internet and nothing of our own. Default any. */
  guard?: Guard
  /** Default `environment`: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, read when the client is made. */
  proxies?: ProxyOptions | 'environment' | 'none'
}

export interface RedirectOptions {
  /** One more is `TOO_MANY_REDIRECTS`. */
  readonly max: number
}

export interface HttpRequest {
  /** Default `GET`. */
  method?: string
  headers?: HeaderList
  /** Pieces are sent at the pace of the server, and cannot be sent again after a redirect. */
  body?: HttpBody
  signal?: AbortSignal | undefined
  /** In milliseconds; the context's deadline holds if it is nearer. Not for the body of a stream. */
  timeoutMs?: number | undefined
  /** The answer's body is a stream without an end: only the head must come in time. */
  isStream?: boolean
  /** In place of the client's own. */
  redirects?: RedirectOptions
  guard?: Guard
  compression?: boolean
  /** Sends `expect: 100-continue`, and the body when the server wants it or says nothing for a second. Default false. */
  expectContinue?: boolean
  /** Told of interim answers, such as 103 with its `link` fields. */
  onInformational?: ((status: number, headers: HeaderList) => void) | undefined
}

export type CallLimits = Pick<HttpRequest, 'signal' | 'timeoutMs' | 'isStream'>

export interface BegunCall {
  readonly context: Context
  /** What the body of a stream lives by. */
  readonly outer: Context
  /** Nothing more is to be had from it. */
  readonly end: () => void
}

/** One request to one place; what `request` makes of a URL, and a typed client of an operation. */
export interface Exchange {
  readonly method: string
  /** Path and query, encoded. */
  readonly target: string
  /** Gets the trace and the time left. */
  readonly headers: HeaderList
  readonly body?: WireBody
  readonly onInformational?: (status: number, headers: HeaderList) => void
  /** Goes to somebody else's server: no trace and no deadline of ours is told there. */
  readonly isForeign?: boolean
  /** Ends the exchange; finished with it. */
  readonly context: Context
  /** For a stream: what its body lives by, once the head has come. */
  readonly outer?: Context
  /** The path of the operation, whose variety is bounded; the span is named by it. */
  readonly operation?: string
  /** The service that is called, by name. */
  readonly upstream?: string
  /** 2 for the first repetition. */
  readonly attempt?: number
}

/** A connection that has been idle for longer is looked at again before a call that must not be made twice. */
const staleAfterMs = 20

export class HttpClient {
  readonly #pool: ConnectionPool
  readonly #tracer: Tracer
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #maxAnswerBytes: number
  readonly #options: Pick<HttpClientOptions, 'redirects' | 'guard' | 'compression'>
  readonly #proxies: Proxies | undefined

  /** @throws ServiceError `BAD_PROXY` for a proxy that is no http URL. */
  constructor(options: HttpClientOptions = {}) {
    const {
      timeoutMs = 10_000,
      maxAnswerBytes = 16 * 1024 * 1024,
      tracer = defaultTracer,
      clock = systemClock,
    } = options
    this.#options = options
    this.#pool = new ConnectionPool(options)
    this.#proxies = proxiesOf(options.proxies)
    this.#clock = clock
    this.#tracer = tracer
    this.#timeoutMs = timeoutMs
    this.#maxAnswerBytes = maxAnswerBytes
  }

  /**
   * Sends a request and resolves with the head of the answer, whatever its status. The body must be read or cancelled.
   *
   * @throws ServiceError `BAD_URL`, `URL_FORBIDDEN`, `CONNECT_FAILED`, `CONNECT_TIMEOUT`, `TLS_FAILED`, `PROXY_REFUSED`,
   *   `POOL_EXHAUSTED`, `REDIRECT_REFUSED`, `TOO_MANY_REDIRECTS`, `DEADLINE_EXCEEDED`, `CANCELLED`, or what the wire says of a broken
   *   answer.
   */
  async request(url: string | URL, request: HttpRequest = {}): Promise<ClientAnswer> {
    const { method = 'GET', headers = new HeaderList(), body } = request
    const { redirects = this.#options.redirects, compression = this.#options.compression } = request
    if (compression === true && !headers.has('accept-encoding'))
      headers.set('accept-encoding', contentCodings.join(', '))
    const call = this.begin(request)
    const first: Hop = {
      url: typeof url === 'string' ? parseUrl(url) : url,
      method,
      headers,
      ...(body !== undefined && { body: wireBody(body) }),
    }
    try {
      const answer = await this.#follow(first, redirects?.max ?? 0, (hop) => this.#hop(hop, call, request))
      answer.whenDone(call.end)
      return answer
    } catch (error) {
      call.end()
      throw error
    }
  }

  async #follow(first: Hop, max: number, send: (hop: Hop) => Promise<ClientAnswer>): Promise<ClientAnswer> {
    let hop = first
    for (let followed = 0; ; followed++) {
      const answer = await send(hop)
      if (max === 0 || answer.status < 300 || answer.status >= 400) return answer
      const { nextHop, tooManyRedirects } = await import('./redirects.ts')
      try {
        const next = nextHop(hop, answer.status, answer.headers.get('location'))
        if (next === undefined) return answer
        if (followed === max) throw tooManyRedirects(max)
        hop = next
      } catch (error) {
        answer.cancel()
        throw error
      }
      answer.cancel()
    }
  }

  /** One request of a call. */
  async #hop({ url, method, headers, body }: Hop, call: BegunCall, request: HttpRequest): Promise<ClientAnswer> {
    const { guard = this.#options.guard, isStream = false, expectContinue = false, onInformational } = request
    const { context, outer } = call
    const awaited = expectContinue && body !== undefined ? new AwaitedBody(body, this.#clock) : undefined
    if (awaited !== undefined) headers.set('expect', '100-continue')
    const sent = awaited ?? body
    const exchange: Exchange = {
      method,
      target: `${url.pathname}${url.search}`,
      headers,
      context: context,
      ...(sent !== undefined && { body: sent }),
      ...(isStream && { outer }),
      ...(guard !== undefined && { isForeign: true }),
      ...((awaited !== undefined || onInformational !== undefined) && {
        onInformational: (status: number, fields: HeaderList) => {
          awaited?.informed(status)
          onInformational?.(status, fields)
        },
      }),
    }
    try {
      const endpoint = endpointOf(url)
      return await (guard === undefined ? this.exchange(endpoint, exchange) : this.#guarded(endpoint, guard, exchange))
    } finally {
      awaited?.close()
    }
  }

  /** To one of the addresses that were checked, the next one where nobody answers at the first. */
  async #guarded(endpoint: Endpoint, guard: Guard, exchange: Exchange): Promise<ClientAnswer> {
    const { guardedAddresses } = await import('./url-guard.ts')
    const addresses = await guardedAddresses(endpoint, guard, exchange.context)
    for (const [at, address] of addresses.entries()) {
      try {
        return await this.exchange(atAddress(endpoint, address), exchange)
      } catch (error) {
        if (at === addresses.length - 1 || !(error instanceof ServiceError) || error.code !== 'CONNECT_FAILED')
          throw error
      }
    }
    throw new Error('a guard gives at least one address')
  }

  /**
   * The context of a call: part of what runs now, with the time for a call. For a stream that time is over with the head; what
   * stands above it, the caller's own end and signal, holds on.
   */
  begin({ signal, timeoutMs = this.#timeoutMs, isStream = false }: CallLimits = {}): BegunCall {
    const parent = currentContext()
    const clock = this.#clock
    const context = new Context(isStream ? { parent, clock } : { parent, clock, timeoutMs })
    const leave = follow(signal, context)
    const end = (): void => {
      leave()
      context.finish()
    }
    return { context: isStream ? context.child({ timeoutMs }) : context, outer: context, end }
  }

  /** One request and its answer. Same errors as `request`. */
  async exchange(place: Endpoint, exchange: Exchange): Promise<ClientAnswer> {
    const { method, context, outer } = exchange
    const endpoint = this.#proxies === undefined ? place : this.#proxies.route(place)
    const span = this.#startSpan(endpoint, exchange)
    let unwatch = doNothing
    try {
      context.throwIfCancelled()
      if (hasFaultyCalls()) await suffer(endpoint, exchange, span)
      this.#addFields(exchange, span)
      const message = messageOf(endpoint, exchange)
      for (;;) {
        const connection = this.#pool.take(endpoint) ?? (await this.#pool.acquire(endpoint, context))
        if (!isIdempotent(method) && this.#mayBeStale(connection) && !(await isStillFree(connection))) continue
        const { wire, isReused } = connection
        unwatch = context.onCancel((reason) => wire.abort(reason))
        try {
          const response = await wire.request(message)
          if (outer !== undefined) {
            unwatch()
            context.finish()
            unwatch = outer.onCancel((reason) => wire.abort(reason))
          }
          return this.#answered(connection, response, span, exchange, unwatch)
        } catch (error) {
          unwatch()
          wire.close()
          if (!isReused || context.cancelled !== undefined || !isRepeatable(message, error)) throw error
        }
      }
    } catch (error) {
      const reason = context.cancelled ?? error
      unwatch()
      span.fail(reason)
      span.end()
      throw reason
    }
  }

  /** Opens connections to where the URL leads, up to `count`, so that the first calls find them. Same errors as `request`. */
  preconnect(url: string | URL, count: number = 1): Promise<void> {
    return this.preconnectTo(endpointOf(typeof url === 'string' ? parseUrl(url) : url), count)
  }

  async preconnectTo(endpoint: Endpoint, count: number): Promise<void> {
    const { context, end } = this.begin()
    try {
      await this.#pool.preconnect(endpoint, count, context)
    } finally {
      end()
    }
  }

  /** How many connections there are to each host. */
  stats(): PoolView[] {
    return this.#pool.stats()
  }

  /** Closes connections that are kept; calls under way end first. */
  close(): void {
    this.#pool.close()
  }

  #startSpan(endpoint: Endpoint, exchange: Exchange): Span {
    const { method, operation } = exchange
    const span = this.#tracer.start(operation === undefined ? method : `${method} ${operation}`, ofClient)
    if (span.isRecording) describeCall(span, endpoint, exchange)
    return span
  }

  #addFields({ headers, context, outer = context, isForeign }: Exchange, span: Span): void {
    if (isForeign === true) return
    span.inject(headers)
    const [priority, tenant] = [context.get(requestPriority), context.get(requestTenant)]
    if (priority !== undefined) headers.set(priorityHeader, priority)
    if (tenant !== undefined) headers.set(tenantHeader, tenant)
    const leftMs = outer.remainingMs()
    if (leftMs === Number.POSITIVE_INFINITY) return
    // How long the caller waits: whoever gets the call need not work for longer.
    if (headers.get('content-type')?.startsWith('application/grpc'))
      headers.set('grpc-timeout', formatGrpcTimeout(leftMs))
    else headers.set('x-request-timeout', formatRequestTimeout(leftMs))
  }

  #mayBeStale(connection: PooledConnection): boolean {
    return connection.isReused && this.#clock.monotonic() - connection.sinceMs > staleAfterMs
  }

  #answered(
    connection: PooledConnection,
    response: ClientResponse,
    span: Span,
    { outer }: Exchange,
    done: () => void,
  ): ClientAnswer {
    if (connection.wire.requests === 1) connection.keptByServerMs = keptByServerMs(response.headers.get('keep-alive'))
    describeAnswer(span, response.status)
    span.end()
    response.body.maxBytes = outer !== undefined ? Number.POSITIVE_INFINITY : this.#maxAnswerBytes
    const encoding = response.headers.get('content-encoding')
    return new ClientAnswer(response, encoding === undefined ? undefined : contentCodingOf(encoding), done)
  }
}

function proxiesOf(proxies: HttpClientOptions['proxies'] = 'environment'): Proxies | undefined {
  if (proxies === 'none') return undefined
  const options = proxies === 'environment' ? proxyOptionsIn(processEnvironment) : proxies
  return options === undefined ? undefined : new Proxies(options)
}

const doNothing = (): void => {}

/** What injected faults do to the call, as if the other side or the way to it did. Nothing of it is loaded before the first. */
async function suffer(endpoint: Endpoint, exchange: Exchange, span: Span): Promise<void> {
  const { strikeCall, suffer } = await import('../resilience/fault/fault-policy.ts')
  const { method, operation, upstream, headers, context } = exchange
  const blow = strikeCall({
    method,
    route: operation,
    upstream,
    host: endpoint.authority,
    header: (name) => headers.get(name),
  })
  if (blow === undefined) return
  span.set('genever.faults', blow.ids)
  await suffer(blow, context)
}

const ofClient: SpanOptions = { kind: 'client' }

function messageOf({ authority, proxy }: Endpoint, exchange: Exchange): ClientRequest {
  const { method, headers, body, onInformational } = exchange
  const target = proxy?.kind === 'forward' ? `http://${authority}${exchange.target}` : exchange.target
  if (proxy?.kind === 'forward' && proxy.authorization !== undefined)
    headers.set('proxy-authorization', proxy.authorization)
  return {
    method,
    target,
    authority,
    headers,
    ...(body !== undefined && { body }),
    ...(onInformational !== undefined && { onInformational }),
  }
}

/** A caller's signal cancels the call's context, as its own context does. */
export function follow(signal: AbortSignal | undefined, context: Context): () => void {
  if (signal === undefined) return doNothing
  const cancel = (): void => context.cancel(signal.reason)
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}

/** RFC 9110 section 9.2.2. */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

export function isIdempotent(method: string): boolean {
  return idempotentMethods.has(method)
}

/**
 * The other end may have closed the connection, and the news waits to be read while this turn of the loop goes on. Nothing is
 * sent into such a connection that must not be sent twice: two turns, and it is known.
 */
async function isStillFree({ wire }: PooledConnection): Promise<boolean> {
  await nextTurn()
  await nextTurn()
  return wire.isFree
}

/** The wire knows whether the server can have acted; a body that is pulled is spent after the first attempt. */
function isRepeatable({ body }: ClientRequest, error: unknown): boolean {
  const isWhole = body === undefined || typeof body === 'string' || body instanceof Uint8Array
  return isWhole && error instanceof ServiceError && error.code === 'CONNECTION_LOST' && error.retryable
}

/** `timeout=5` (RFC 2068 section 19.7.1.1, as servers still send it): used for a second less, so that both do not meet. */
export function keptByServerMs(keepAlive: string | undefined): number {
  const seconds = /(?:^|[\s,])timeout=(\d{1,6})/.exec(keepAlive ?? '')?.[1]
  return seconds === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(Number(seconds) * 500, Number(seconds) * 1_000 - 1_000)
}
