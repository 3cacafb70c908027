/**
 * App: routes, middleware and settings, ready to answer.
 *
 *   createApp() ─▶ use · group · get · post · implement · mount ─▶ handler ─▶ an engine
 *                                                             └──▶ request() in tests, without a socket
 *
 * It does no I/O. Routes are checked as they are added and compiled when they are first asked for; the first request
 * ends the registration.
 */
import type { OpenApiDocument, OpenApiOptions } from '../api/openapi.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { defaultJsonLimits, type JsonLimits } from '../schema/json.ts'
import { AddressBlocks } from '../wire/address-blocks.ts'
import type { ContentCoding } from '../wire/content-coding.ts'
import type { ExchangeHandler } from '../wire/exchange.ts'
import type { AppRequestInit } from './app-request.ts'
import type { BodyCodec } from './binding/body-codec.ts'
import { Dispatcher } from './dispatcher.ts'
import { CompiledRoute } from './internal/compiled-route.ts'
import { RouteTable } from './internal/route-table.ts'
import type { ErrorHandler, Settings } from './internal/settings.ts'
import { answerUnrouted } from './internal/unrouted.ts'
import type { Middleware } from './middleware.ts'
import { CookieSigner } from './request/cookie-signer.ts'
import { defaultInputLimits, type InputLimits } from './request/input-limits.ts'
import { type TrustedPeerOptions, TrustedPeers } from './request/trusted-peers.ts'
import type { Encoder } from './response/encoded-body.ts'
import type { TemplateEngine } from './response/template-engine.ts'
import type { AnyHandler, RouteInfo } from './route.ts'
import { RouteGroup } from './route-group.ts'
import { Router } from './router/router.ts'
import type { RouterOptions } from './router/router-options.ts'
import type { AdmissionView, SheddingOptions } from './shedding.ts'

export interface AppOptions {
  /** Form of error answers: RFC 9457 problems, or `{ code, message, data }`. Default `problem`. */
  errors?: 'problem' | 'envelope'
  /** How paths are matched and what is done with those that are not. */
  router?: RouterOptions
  /**
   * Time for a request's handler in milliseconds, then 504; a route may set its own. Streams of events and WebSockets have
   * none. Default: none.
   */
  timeoutMs?: number
  /**
   * Turns away what cannot be done in time, before anything is done for it; `{}` with all defaults. Default `false` here, on
   * in a service.
   */
  shedding?: SheddingOptions | false
  limits?: Partial<InputLimits>
  /** What JSON bodies may hold. */
  json?: Partial<JsonLimits>
  /** Formats of bodies besides JSON; those that can be written are offered by `accept`. Default none. */
  codecs?: readonly BodyCodec[]
  /**
   * Proxies whose forwarding headers are believed: addresses, CIDR blocks, `loopback`, `private`. Default none. Whoever
   * is listed can claim to be any client.
   */
  trustedProxies?: readonly string[]
  /** The headers that those proxies write, and overwrite. Default `x-forwarded` (`-for`, `-proto`, `-host`). */
  forwardedHeaders?: 'x-forwarded' | 'forwarded'
  /**
   * Whose word about a request's priority (`x-request-priority`) and tenant (`x-tenant-id`) is believed: other services, a
   * gateway. Default nobody's; in a service in development, that of this machine.
   */
  trustedPeers?: TrustedPeerOptions | TrustedPeers
  /** Keys for signed cookies, 32 bytes or more each; the first one signs, all are accepted. */
  cookieKeys?: readonly string[]
  templates?: TemplateEngine
  /** Codings that request bodies may be compressed with; others are 415. Default none. */
  requestEncodings?: readonly ContentCoding[]
  /** Told of failures behind the outermost layer: an answer that cannot be written as JSON. Default: nobody. */
  onFault?: (error: unknown) => void
  clock?: Clock
}

export class App extends RouteGroup {
  readonly #table: RouteTable
  readonly #settings: Settings
  readonly #dispatcher: Dispatcher

  /** Use `createApp()`. */
  constructor(options: AppOptions) {
    const router = new Router<CompiledRoute>(options.router)
    const table = new RouteTable(router, options.timeoutMs)
    const layers: Middleware[] = []
    super(table, '', layers)
    this.#table = table
    this.#settings = settingsOf(options, router)
    this.#dispatcher = new Dispatcher(
      this.#settings,
      new CompiledRoute({
        info: undefined,
        middleware: () => layers,
        core: () => answerUnrouted,
        timeoutMs: options.timeoutMs,
      }),
    )
  }

  /** Answers exchanges; give it to an engine. Using it ends the registration of routes. */
  get handler(): ExchangeHandler {
    this.#table.seal()
    return (exchange) => this.#dispatcher.handle(exchange)
  }

  /**
   * Answers without a socket, as a client would see it: `await app.request('/users?page=2')`.
   *
   * @throws the reason of an aborted signal, as `fetch` does; ServiceError `ANSWER_INCOMPLETE` after `c.abort()`.
   */
  async request(input: string | URL | Request, init?: AppRequestInit): Promise<Response> {
    const { handler } = this
    const { clock, onFault } = this.#settings
    const { requestApp } = await import('./app-request.ts')
    return requestApp({ handler, clock, onError: (error) => onFault?.(error) }, input, init)
  }

  /** The door at this moment; undefined where everybody comes in at once. */
  get admission(): AdmissionView | undefined {
    return this.#dispatcher.admission
  }

  /** Answers what no route fits, in place of the 404 problem; the status is 404 unless it sets another. */
  notFound(handler: AnyHandler): this {
    this.#settings.notFound = handler
    return this
  }

  /** Answers what was thrown, in place of the problem. If it returns nothing, the problem stands. */
  onError(handler: ErrorHandler): this {
    this.#settings.onError = handler
    return this
  }

  /**
   * Ends what would never end by itself: WebSockets with 1001, event streams after the current event. Clients of both
   * come back, to another instance if this one is no longer ready. Call it when the service stops taking requests.
   */
  drain(): void {
    for (const leave of this.#settings.longLived) leave()
  }

  /** The OpenAPI 3.1 document of all routes that do not say `undocumented`. */
  async openapi(options: Omit<OpenApiOptions, 'errors'>): Promise<OpenApiDocument> {
    const { openApiDocument } = await import('../api/openapi.ts')
    const documented = this.routes().filter(({ spec }) => spec.undocumented !== true)
    return openApiDocument(documented, { ...options, errors: this.#settings.errors })
  }

  /** All routes, by pattern, then by method. */
  routes(): RouteInfo[] {
    return this.#table.router.routes().flatMap(({ value }) => value.info ?? [])
  }
}

/** @throws ServiceError `BAD_ADDRESS_BLOCK` or `COOKIE_KEY_TOO_SHORT`. */
export function createApp(options: AppOptions = {}): App {
  return new App(options)
}

function settingsOf(options: AppOptions, router: Router<CompiledRoute>): Settings {
  const { codecs = [], trustedProxies = [], forwardedHeaders = 'x-forwarded', cookieKeys = [] } = options
  return {
    errors: options.errors ?? 'problem',
    shedding: options.shedding === false ? undefined : options.shedding,
    clock: options.clock ?? systemClock,
    router,
    limits: { ...defaultInputLimits, ...options.limits },
    json: { ...defaultJsonLimits, ...options.json },
    codecs,
    encoders: codecs.filter((codec): codec is Encoder => codec.encode !== undefined),
    requestEncodings: options.requestEncodings ?? [],
    proxies:
      trustedProxies.length === 0
        ? undefined
        : { blocks: new AddressBlocks(trustedProxies), headers: forwardedHeaders },
    peers: peersFrom(options.trustedPeers),
    cookies: cookieKeys.length === 0 ? undefined : new CookieSigner(cookieKeys),
    templates: options.templates,
    longLived: new Set(),
    onFault: options.onFault,
    onError: undefined,
    notFound: undefined,
  }
}

function peersFrom(trusted: TrustedPeerOptions | TrustedPeers | undefined): TrustedPeers | undefined {
  return trusted === undefined || trusted instanceof TrustedPeers ? trusted : new TrustedPeers(trusted)
}
