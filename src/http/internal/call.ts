/**
 * Call: everything about one request while it is being answered. The stages pass it on and fill it in; users see it
 * through `HttpContext`, which checks that the call is still open.
 *
 *   match ─▶ new Call ─▶ onion ─▶ binder fills `input` ─▶ handler ─▶ `reply` ─▶ write ─▶ close
 */
import type { Context } from '../../foundation/context/context.ts'
import type { Exchange } from '../../wire/exchange.ts'
import { HttpContext } from '../context.ts'
import { Reply } from '../reply.ts'
import { RawRequest } from '../request/raw-request.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { nullRecord } from './null-record.ts'
import type { Routing } from './routing.ts'
import type { Settings } from './settings.ts'

/** Whether what was handed out may still be used. */
export interface Access {
  readonly isOpen: boolean
}

export class Call implements Access {
  readonly exchange: Exchange
  readonly settings: Settings
  /** The route that answers, or the stand-in for what no route fits. */
  readonly route: CompiledRoute
  /** What the router said; another request's once this one is over. */
  readonly routing: Routing
  readonly c: HttpContext
  readonly reply: Reply
  /** The request's own context. */
  readonly root: Context
  /** The one of what runs at the moment: a layer may have narrowed it for those inside. */
  context: Context
  isOpen = true
  /** Whether the middle of the onion was reached, and whether it has finished. */
  progress: 'outside' | 'inside' | 'done' = 'outside'
  /** Whether the exchange was told to keep its head and to say when the client leaves. */
  isWatched = false
  state: object | undefined
  id: string | undefined
  /** What the schemas made of the request; undefined where the route declares none. */
  input: Input | undefined
  /** The whole body, once somebody has read it. */
  bodyBytes: Uint8Array | undefined
  /** The same where it was received, for as long as nothing has waited; `ownBody` makes it last. */
  borrowedBody: Uint8Array | undefined
  #raw: RawRequest | undefined

  constructor(exchange: Exchange, settings: Settings, routing: Routing, context: Context) {
    this.exchange = exchange
    this.settings = settings
    this.route = routing.route
    this.routing = routing
    this.root = context
    this.context = context
    this.reply = new Reply(routing.route.successStatus)
    this.c = new HttpContext(this)
  }

  get raw(): RawRequest {
    this.#raw ??= new RawRequest(this)
    return this.#raw
  }

  /** The parameters of the pattern by name, decoded; null prototype. */
  readParams(): Readonly<Record<string, string>> {
    const params: Record<string, string> = nullRecord()
    const { exchange, settings } = this
    const { decision, match } = this.routing
    if (decision.kind !== 'found') return params
    const { names } = decision.pattern
    for (let i = 0; i < names.length; i++) {
      params[names[i] as string] = settings.router.param(exchange.head, match, i)
    }
    return params
  }
}

/** Values by location, after validation. */
export class Input {
  params: unknown
  query: unknown
  headers: unknown
  cookies: unknown
  body: unknown
  form: unknown
}
