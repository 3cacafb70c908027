/**
 * HttpClient: outgoing calls with the caller's deadline, cancellation and trace.
 *
 *   request ─▶ context (deadline, signal) ─▶ span, traceparent ─▶ pool ─▶ connection ─▶ answer
 *                                                                  ▲                      │ body read or given up
 *                                                                  └──────────────────────┘
 *
 * It does not follow redirects, and repeats a call only where nothing can have happened: when a kept connection turned out
 * to be closed before any answer, and the method is safe to repeat (RFC 9110 section 9.2.2).
 */
import { Context, currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { defaultTracer } from '../telemetry/default-tracer.ts'
import type { Span, Tracer } from '../telemetry/tracer.ts'
import { HeaderList } from '../wire/headers.ts'
import type { ClientRequest, ClientResponse } from '../wire/http1/client-message.ts'
import { describeAnswer, describeCall } from './call-span.ts'
import { ClientAnswer } from './client-answer.ts'
import { ConnectionPool, type PoolOptions } from './connection-pool.ts'
import { type Endpoint, endpointOf, parseUrl } from './endpoint.ts'

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

export class HttpClient {
  readonly #pool: ConnectionPool
  readonly #tracer: Tracer
  readonly #timeoutMs: number
  readonly #maxAnswerBytes: number

  constructor({
    timeoutMs = 10_000,
    maxAnswerBytes = 16 * 1024 * 1024,
    tracer = defaultTracer,
    ...pool
  }: HttpClientOptions = {}) {
    this.#pool = new ConnectionPool(pool)
    this.#tracer = tracer
    this.#timeoutMs = timeoutMs
    this.#maxAnswerBytes = maxAnswerBytes
  }

  /**
   * Sends a request and resolves with the head of the answer, whatever its status. The body must be read or cancelled.
   *
   * @throws ServiceError `BAD_URL`, `CONNECT_FAILED`, `CONNECT_TIMEOUT`, `TLS_FAILED`, `DEADLINE_EXCEEDED`, `CANCELLED`, or
   *   what the wire says of a broken answer.
   */
  async request(url: string | URL, request: HttpRequest = {}): Promise<ClientAnswer> {
    const target = typeof url === 'string' ? parseUrl(url) : url
    const endpoint = endpointOf(target)
    const context = new Context({ parent: currentContext(), timeoutMs: request.timeoutMs ?? this.#timeoutMs })
    const leaveCaller = follow(request.signal, context)
    const span = this.#tracer.start(request.method ?? 'GET', { kind: 'client' })
    if (span.isRecording) describeCall(span, request.method ?? 'GET', target, endpoint)
    const finish = (): void => {
      leaveCaller()
      context.finish()
    }
    try {
      const message = messageOf(target, endpoint, request, span, context.signal)
      const response = await this.#send(endpoint, message)
      describeAnswer(span, response.status)
      span.end()
      if (request.isStream === true) finish()
      response.body.maxBytes = request.isStream === true ? Number.POSITIVE_INFINITY : this.#maxAnswerBytes
      return new ClientAnswer(response, finish)
    } catch (error) {
      const reason = context.cancelled ?? error
      finish()
      span.fail(reason)
      span.end()
      throw reason
    }
  }

  /** Closes connections that are kept; calls under way end first. */
  close(): void {
    this.#pool.close()
  }

  async #send(endpoint: Endpoint, message: CancellableRequest): Promise<ClientResponse> {
    for (;;) {
      const { connection, isReused } = await this.#pool.acquire(endpoint, message.signal)
      try {
        return await connection.request(message)
      } catch (error) {
        connection.close()
        if (!isReused || message.signal.aborted || !isRepeatable(message, error)) throw error
      }
    }
  }
}

type CancellableRequest = ClientRequest & { readonly signal: AbortSignal }

function messageOf(
  url: URL,
  endpoint: Endpoint,
  { method = 'GET', headers = new HeaderList(), body }: HttpRequest,
  span: Span,
  signal: AbortSignal,
): CancellableRequest {
  span.inject(headers)
  return {
    method,
    target: `${url.pathname}${url.search}`,
    authority: endpoint.authority,
    headers,
    ...(body !== undefined && { body }),
    signal,
  }
}

/** A caller's signal cancels the call's context, as its own context does. */
function follow(signal: AbortSignal | undefined, context: Context): () => void {
  if (signal === undefined) return () => {}
  const cancel = (): void => context.cancel(signal.reason)
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}

/** The wire knows whether the server can have acted; a body that is pulled is spent after the first attempt. */
function isRepeatable({ body }: ClientRequest, error: unknown): boolean {
  const isWhole = body === undefined || typeof body === 'string' || body instanceof Uint8Array
  return isWhole && error instanceof ServiceError && error.code === 'CONNECTION_LOST' && error.retryable
}
