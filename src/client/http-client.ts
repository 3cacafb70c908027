/**
 * HttpClient: outgoing calls with the caller's deadline, cancellation and trace.
 *
 *   request ─▶ context (deadline, signal) ─▶ span, traceparent, time left ─▶ pool ─▶ connection ─▶ answer
 *                                                                             ▲                      │ body read or given up
 *                                                                             └──────────────────────┘
 *
 * It repeats a call only where nothing can have happened: when a kept connection turned out to be closed before any answer,
 * and the method is safe to repeat (RFC 9110 section 9.2.2).
 */
import { nextTurn } from '../concurrency/sleep.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { Context, currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { formatGrpcTimeout, formatRequestTimeout } from '../resilience/deadline-header.ts'
import { hasFaultyCalls } from '../resilience/fault/faulty-calls.ts'
import { defaultTracer } from '../telemetry/default-tracer.ts'
import type { Span, SpanOptions, Tracer } from '../telemetry/tracer.ts'
import { HeaderList } from '../wire/headers.ts'
import type { ClientRequest, ClientResponse } from '../wire/http1/client-message.ts'
import { describeAnswer, describeCall } from './call-span.ts'
import { ClientAnswer } from './client-answer.ts'
import { ConnectionPool, type PoolOptions, type PoolView } from './connection-pool.ts'
import { type Endpoint, endpointOf, parseUrl } from './endpoint.ts'
import type { PooledConnection } from './pooled-connection.ts'

export interface HttpClientOptions extends PoolOptions {
  /** Time for a call where nobody says otherwise, in milliseconds; default 10,000. */
  timeoutMs?: number
  /** Largest body of an answer, in bytes; default 16 MiB. */
  maxAnswerBytes?: number
  /** Default the current span's; outside of any, that of the service that runs in this process. */
  tracer?: Tracer
}

export interface HttpRequest {
  /** Default `GET`. */
  method?: string
  headers?: HeaderList
  body?: ClientRequest['body']
  signal?: AbortSignal | undefined
  /** In milliseconds; the context's deadline holds if it is nearer. Not for the body of a stream. */
  timeoutMs?: number | undefined
  /** The answer's body is a stream without an end: only the head must come in time. */
  isStream?: boolean
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
  readonly body?: ClientRequest['body']
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

  constructor({
    timeoutMs = 10_000,
    maxAnswerBytes = 16 * 1024 * 1024,
    tracer = defaultTracer,
    ...pool
  }: HttpClientOptions = {}) {
    this.#pool = new ConnectionPool(pool)
    this.#clock = pool.clock ?? systemClock
    this.#tracer = tracer
    this.#timeoutMs = timeoutMs
    this.#maxAnswerBytes = maxAnswerBytes
  }

  /**
   * Sends a request and resolves with the head of the answer, whatever its status. The body must be read or cancelled.
   *
   * @throws ServiceError `BAD_URL`, `CONNECT_FAILED`, `CONNECT_TIMEOUT`, `TLS_FAILED`, `POOL_EXHAUSTED`, `DEADLINE_EXCEEDED`,
   *   `CANCELLED`, or what the wire says of a broken answer.
   */
  async request(url: string | URL, request: HttpRequest = {}): Promise<ClientAnswer> {
    const { method = 'GET', headers = new HeaderList(), body, isStream = false, signal, timeoutMs } = request
    const target = typeof url === 'string' ? parseUrl(url) : url
    const endpoint = endpointOf(target)
    const call = this.begin({ signal, timeoutMs, isStream })
    return this.exchange(
      endpoint,
      {
        method,
        target: `${target.pathname}${target.search}`,
        headers,
        ...(body !== undefined && { body }),
        context: call.context,
        ...(isStream && { outer: call.outer }),
      },
      call.end,
    )
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

  /**
   * One request and its answer; `done` when nothing more is to be had from it. Same errors as `request`.
   */
  async exchange(endpoint: Endpoint, exchange: Exchange, done: () => void = doNothing): Promise<ClientAnswer> {
    const { method, context, outer } = exchange
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
          return this.#answered(connection, response, { span, isStream: outer !== undefined }, () => {
            unwatch()
            done()
          })
        } catch (error) {
          unwatch()
          wire.close()
          if (!isReused || context.cancelled !== undefined || !isRepeatable(message, error)) throw error
        }
      }
    } catch (error) {
      const reason = context.cancelled ?? error
      unwatch()
      done()
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

  #addFields({ headers, context, outer = context }: Exchange, span: Span): void {
    span.inject(headers)
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
    { span, isStream }: { span: Span; isStream: boolean },
    done: () => void,
  ): ClientAnswer {
    if (connection.wire.requests === 1) connection.keptByServerMs = keptByServerMs(response.headers.get('keep-alive'))
    describeAnswer(span, response.status)
    span.end()
    response.body.maxBytes = isStream ? Number.POSITIVE_INFINITY : this.#maxAnswerBytes
    return new ClientAnswer(response, done)
  }
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

function messageOf(endpoint: Endpoint, { method, target, headers, body }: Exchange): ClientRequest {
  const { authority } = endpoint
  return body === undefined ? { method, target, authority, headers } : { method, target, authority, headers, body }
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
