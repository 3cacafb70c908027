/**
 * HttpContext: one request and the answer it gets, as handlers and middleware see them.
 *
 *   c.params c.query c.headers c.cookies c.body c.form     what the route's schemas made of the request
 *   c.raw                                                  the request as it came: values by name, the body's bytes
 *   c.state c.context c.signal                             what layers pass inwards; deadline and cancellation
 *   c.json(…) c.text(…) c.sse(…) …                         record the answer; it is written after the outermost layer
 *
 * It ends with the answer: used later, by work that was left running, it throws `CONTEXT_RELEASED`. `c.detach()` makes a
 * copy for such work; `c.context` and the values read from it may be kept as they are.
 */
import type { Context } from '../foundation/context/context.ts'
import { requestPriority, requestTenant } from '../resilience/caller.ts'
import type { Priority } from '../resilience/overload/priority.ts'
import { currentSpan, type TraceContext } from '../telemetry/tracer.ts'
import type { UpgradedConnection } from '../wire/exchange.ts'
import { DetachedContext } from './detached-context.ts'
import type { Access, Call } from './internal/call.ts'
import { contextReleased } from './internal/context-released.ts'
import { withDeadline } from './internal/deadline.ts'
import { answerError } from './internal/error-answer.ts'
import { requestIdOf } from './internal/request-id.ts'
import { upgradeConnection } from './internal/upgrade.ts'
import type { Next } from './middleware.ts'
import { type ByteSource, emptyBody, type Reply } from './reply.ts'
import { requestHost, requestIp, requestScheme } from './request/forwarding.ts'
import type { RawRequest } from './request/raw-request.ts'
import { type CookieOptions, serializeCookie } from './response/cookie.ts'
import { encodeBody } from './response/encoded-body.ts'
import { type EventStreamOptions, recordEvents } from './response/event-stream.ts'
import { recordProblem } from './response/problem.ts'
import { checkLocation, type RedirectStatus } from './response/redirect.ts'
import type { EventSource } from './response/server-sent-event.ts'
import { renderTemplate } from './response/template-engine.ts'
import { recordWebResponse } from './response/web-response.ts'
import type { RouteInfo } from './route.ts'
import type { FileOptions } from './static/file-reply.ts'

export interface StreamOptions {
  /** Default `application/octet-stream`. */
  contentType?: string
  /** Length in bytes, if it is known. */
  length?: number
}

export class HttpContext<out State extends object = object> {
  readonly #call: Call
  readonly #access: Access

  /** Made by the app for each request. `access` may end before the call does, for a handler that was given up on. */
  constructor(call: Call, access: Access = call) {
    this.#call = call
    this.#access = access
  }

  // The request

  get method(): string {
    return this.#live().exchange.method
  }
  /** As sent: percent-encoded, without the query. */
  get path(): string {
    return this.#live().raw.path
  }
  /** When its head was complete, in milliseconds on the monotonic scale of the engine's clock. */
  get receivedMs(): number {
    return this.#live().exchange.receivedMs
  }
  /** Scheme, host, path and query in one text. */
  get url(): string {
    return `${this.scheme}://${this.host}${this.raw.target}`
  }
  /** Values of the pattern's parameters, decoded; through the schema, where one is declared. */
  get params(): unknown {
    const call = this.#live()
    return call.input?.params ?? call.raw.params
  }
  get query(): unknown {
    const call = this.#live()
    return call.input?.query ?? call.raw.queries
  }
  /** By lower-case name. One header is cheaper to read with `c.raw.header(name)`. */
  get headers(): unknown {
    const call = this.#live()
    return call.input?.headers ?? call.raw.headers
  }
  get cookies(): unknown {
    const call = this.#live()
    return call.input?.cookies ?? call.raw.cookies
  }
  /** The body through the route's schema; without one it is undefined, and `c.raw` reads it. */
  get body(): unknown {
    return this.#live().input?.body
  }
  /** Fields of the form through the route's schema. */
  get form(): unknown {
    return this.#live().input?.form
  }
  /** The request as it came, before any schema. */
  get raw(): RawRequest {
    return this.#live().raw
  }
  /** The request as the web platform has it, made on first use. Its body can be read once, here or through `c.raw`. */
  get request(): Request {
    return this.#live().raw.webRequest(this.url)
  }
  /** The client's address: the connection's, or the one that trusted proxies forwarded. Empty on a Unix socket. */
  get ip(): string {
    return requestIp(this.#live())
  }
  get scheme(): 'http' | 'https' {
    return requestScheme(this.#live())
  }
  /** Host and port that the client meant. */
  get host(): string {
    return requestHost(this.#live())
  }
  /** Names the request in logs and answers. Made on first use, unless a layer sets it to one that came along. */
  get id(): string {
    return requestIdOf(this.#live())
  }
  set id(id: string) {
    this.#live().id = id
  }
  /** On whose behalf it comes, if a trusted peer says so in `x-tenant-id`; see `trustedPeers`. */
  get tenant(): string | undefined {
    return this.#live().context.get(requestTenant)
  }
  /** The route's, or what a trusted peer says in `x-request-priority`. */
  get priority(): Priority {
    return this.#live().context.get(requestPriority) ?? 'normal'
  }
  /** Whether it was sent by one of the `trustedPeers`: then what it says about itself may be believed. */
  get isFromTrustedPeer(): boolean {
    const { settings, exchange } = this.#live()
    return settings.peers?.trusts(exchange.peer) ?? false
  }
  /** W3C trace context of the request's span; undefined while nothing traces. */
  get trace(): TraceContext | undefined {
    return this.#live().context.get(currentSpan)?.context
  }
  /** The route that answers; undefined where none fits. */
  get route(): RouteInfo | undefined {
    return this.#live().route.info
  }

  // What flows with it

  /** What layers put there for those inside of them. */
  get state(): State {
    const call = this.#live()
    call.state ??= {}
    return call.state as State
  }
  /** Deadline, cancellation and values of this request. It may be kept after the answer. */
  get context(): Context {
    return this.#live().context
  }
  /** Aborts when the client goes away, the deadline passes or the request is aborted. */
  get signal(): AbortSignal {
    return this.#live().context.signal
  }
  /**
   * Goes inwards with at most `timeoutMs` milliseconds. A handler that is not done by then is answered for with
   * `DEADLINE_EXCEEDED` (504), and its context ends there and then.
   */
  deadline(timeoutMs: number, next: Next): Reply | Promise<Reply> {
    return withDeadline(this.#live(), timeoutMs, next)
  }
  /** Ends the request without an answer: its context is cancelled and the client's connection (or stream) is reset. */
  abort(reason: Error = new Error('aborted by the handler')): Reply {
    const call = this.#live()
    call.root.cancel(reason)
    call.exchange.abort(reason)
    call.reply.body = { kind: 'taken' }
    return call.reply
  }
  /**
   * Takes the connection over for another `protocol` (RFC 9110 section 7.8): 101 is sent, what follows are raw bytes. For
   * WebSockets there is `app.webSocket()`.
   *
   * @throws ServiceError `NO_UPGRADE` if the client did not ask for it (400) or there is no connection to hand over (501).
   */
  upgrade(protocol: string): UpgradedConnection {
    return upgradeConnection(this.#live(), protocol)
  }
  /** A copy of the request that stays valid after the answer. */
  detach(): DetachedContext<State> {
    return new DetachedContext(this)
  }

  // The answer

  /** The answer as it stands. */
  get reply(): Reply {
    return this.#live().reply
  }
  /**
   * The body as bytes, for layers that hash, cache or compress it; undefined for a stream, or none. JSON and text are
   * encoded now, so that whatever changes the body comes before.
   *
   * @throws ServiceError `BAD_RESPONSE` if JSON cannot say the value.
   */
  encodeBody(): Uint8Array | undefined {
    return encodeBody(this.#live())
  }
  /** Sets the status; the next answer without one takes it. */
  status(code: number): this {
    this.reply.status = code
    return this
  }
  /**
   * Sets a header of the answer, whatever the answer will be.
   *
   * @throws ServiceError `BAD_HEADER` if it cannot be sent.
   */
  header(name: string, value: string): this {
    this.reply.headers.set(name, value)
    return this
  }
  /**
   * Sets a cookie: `HttpOnly`, `SameSite=Lax`, `Path=/`, and `Secure` on https unless the options say otherwise.
   *
   * @throws ServiceError `BAD_COOKIE` if it cannot be sent, `COOKIE_KEYS_MISSING` if it is to be signed without keys.
   */
  cookie(name: string, value: string, options: CookieOptions = {}): this {
    const { settings, reply } = this.#live()
    reply.headers.append(
      'set-cookie',
      serializeCookie(name, value, { secure: this.scheme === 'https', ...options }, settings),
    )
    return this
  }
  /** Answers with JSON, checked by the type of the schema declared for the status and written by it. */
  json(value: unknown, status?: number): Reply {
    const { reply } = this.#live()
    if (status !== undefined) reply.status = status
    reply.body = { kind: 'json', value, contentType: 'application/json', declared: true }
    return reply
  }
  text(text: string, status?: number): Reply {
    return this.#text(text, 'text/plain; charset=utf-8', status)
  }
  /** Answers with a page. Nothing is escaped: a template engine does that, or the caller. */
  html(text: string, status?: number): Reply {
    return this.#text(text, 'text/html; charset=utf-8', status)
  }
  /**
   * Answers with a page from the app's template engine.
   *
   * @throws ServiceError `TEMPLATES_MISSING` if the app has none.
   */
  render(name: string, data: object = {}, status?: number): Reply | Promise<Reply> {
    const page = renderTemplate(this.#live().settings, name, data)
    return typeof page === 'string' ? this.html(page, status) : page.then((text) => this.html(text, status))
  }
  bytes(bytes: Uint8Array, contentType = 'application/octet-stream', status?: number): Reply {
    const { reply } = this.#live()
    if (status !== undefined) reply.status = status
    reply.body = { kind: 'bytes', bytes, contentType }
    return reply
  }
  /** Answers piece by piece, as fast as the client takes them; when it leaves, the iteration is ended. */
  stream(source: ByteSource, { contentType = 'application/octet-stream', length }: StreamOptions = {}): Reply {
    const { reply } = this.#live()
    reply.body = { kind: 'stream', source, contentType, ...(length !== undefined && { length }) }
    return reply
  }
  /**
   * Answers with a file: ranges, validators and conditional requests included. The path is believed; for paths that come
   * from clients there is `staticFolder`.
   *
   * @throws ServiceError `NOT_FOUND` (404), `PRECONDITION_FAILED` (412), `RANGE_NOT_SATISFIABLE` (416).
   */
  async file(path: string, options?: FileOptions): Promise<Reply> {
    const { recordFile } = await import('./static/file-reply.ts')
    return recordFile(this, path, options)
  }
  /** Answers with server-sent events, and with a comment whenever `heartbeatMs` (default 15 s) pass without one. */
  sse(source: EventSource, options?: EventStreamOptions): Reply {
    return recordEvents(this.#live(), source, options)
  }
  /**
   * Answers with another address. Never pass on what a client sent without comparing it to a list: an open redirect
   * lends the service's name to any site.
   *
   * @throws ServiceError `BAD_REDIRECT` if it is empty, holds a control character, or begins with `//` or `/\`.
   */
  redirect(location: string, status: RedirectStatus = 302): Reply {
    this.header('location', checkLocation(location))
    return this.noContent(status)
  }
  noContent(status = 204): Reply {
    const { reply } = this.#live()
    reply.status = status
    reply.body = emptyBody
    return reply
  }
  /** Answers with an error, in the form that the app is set to: RFC 9457 problem or envelope. */
  problem(error: unknown): Reply {
    return recordProblem(this.#live(), error)
  }
  /** Answers for something thrown as the app would: by `onError` if there is one, else as `problem`. */
  fail(error: unknown): Reply | Promise<Reply> {
    return answerError(this.#live(), error)
  }
  /** Answers with a web `Response`. */
  web(response: Response): Reply {
    return recordWebResponse(this.#live(), response)
  }

  #text(text: string, contentType: string, status: number | undefined): Reply {
    const { reply } = this.#live()
    if (status !== undefined) reply.status = status
    reply.body = { kind: 'text', text, contentType }
    return reply
  }

  #live(): Call {
    if (!this.#access.isOpen) throw contextReleased()
    return this.#call
  }
}
