/**
 * rateLimit: so many requests in a time, for each tenant, client or whatever else.
 *
 *   key ─▶ store.take ──allowed──▶ handler      every answer says what is left: `RateLimit-Policy`, `RateLimit`
 *               └─not─▶ 429 `RATE_LIMITED`, `Retry-After`
 *
 * It is about fairness between clients. What the service can do altogether is the door's business, and that needs no number.
 */
import type { HttpContext } from '../http/context.ts'
import type { Middleware, Next } from '../http/middleware.ts'
import type { Reply } from '../http/reply.ts'
import type { LimitDecision, LimiterStore } from '../resilience/limiter-store.ts'
import { RateLimit } from '../resilience/rate-limit.ts'
import { rateLimitFields } from '../resilience/rate-limit-headers.ts'
import { RefusedError } from '../resilience/refused-error.ts'

export interface RateLimitLayerOptions {
  /** Requests for each window on average, for each key. */
  readonly limit: number
  /** Default 60,000. */
  readonly windowMs?: number
  /** Requests at once after a pause. Default: the limit. */
  readonly burst?: number
  /**
   * Whose limit it is: each `tenant` (`c.tenant`, as a trusted peer says it; where nobody does, the client), each `client` by
   * its address (see `trustedProxies`), `all` together, or what a function says, where undefined is not limited. Default `tenant`.
   */
  readonly by?: 'tenant' | 'client' | 'all' | ((c: HttpContext) => string | undefined)
  /** Whether each route counts by itself. Default false. */
  readonly perRoute?: boolean
  /** What a request costs, a whole number from 1. Default 1. */
  readonly costOf?: (c: HttpContext) => number
  /** Where it is counted; one that several processes share makes it one limit. Default: in this process, 10,000 keys. */
  readonly store?: LimiterStore
  /** Named in the fields and in keys: two limits on one store need two names. Default `default`. */
  readonly name?: string
  /** What happens when the store cannot answer. Default `allow`: a limit must not be what takes a service down. */
  readonly whenStoreFails?: 'allow' | 'refuse'
}

/** @throws ServiceError `BAD_POLICY` for options out of range, or a name that cannot stand in a header. */
export function rateLimit(options: RateLimitLayerOptions): Middleware {
  const limiter = new Limiter(options)
  return function rateLimit(c, next) {
    return limiter.handle(c, next)
  }
}

class Limiter {
  readonly #limit: RateLimit
  readonly #keyOf: (c: HttpContext) => string | undefined
  readonly #costOf: ((c: HttpContext) => number) | undefined
  readonly #name: string
  readonly #perRoute: boolean
  readonly #refusesBlindly: boolean

  constructor(options: RateLimitLayerOptions) {
    const { limit, windowMs = 60_000, burst, by = 'tenant', name = 'default', store, costOf } = options
    this.#limit = new RateLimit({
      limit,
      windowMs,
      ...(burst !== undefined && { burst }),
      ...(store !== undefined && { store }),
    })
    this.#keyOf = typeof by === 'function' ? by : keys[by]
    this.#costOf = costOf
    this.#name = name
    this.#perRoute = options.perRoute ?? false
    this.#refusesBlindly = options.whenStoreFails === 'refuse'
    // A name that cannot be sent is a fault of today, not of the first request.
    rateLimitFields(name, this.#limit.rule, { isAllowed: true, remaining: 0, retryAfterMs: 0, resetMs: 0 })
  }

  handle(c: HttpContext, next: Next): Reply | Promise<Reply> {
    const key = this.#keyOf(c)
    if (key === undefined) return next()
    const route = this.#perRoute ? `${c.method} ${c.route?.path ?? ''}:` : ''
    const taken = this.#take(`${this.#name}:${route}${key}`, this.#costOf?.(c) ?? 1)
    if (!(taken instanceof Promise)) return this.#go(c, next, taken)
    return taken.then(
      (decision) => this.#go(c, next, decision),
      (error: unknown) => this.#goBlindly(next, error),
    )
  }

  #take(key: string, cost: number): LimitDecision | Promise<LimitDecision> {
    try {
      return this.#limit.take(key, cost)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #go(c: HttpContext, next: Next, decision: LimitDecision): Reply | Promise<Reply> {
    const { headers } = c.reply
    for (const [name, value] of rateLimitFields(this.#name, this.#limit.rule, decision)) {
      headers.append(name.toLowerCase(), value)
    }
    if (decision.isAllowed) return next()
    throw refusal(decision)
  }

  #goBlindly(next: Next, error: unknown): Reply | Promise<Reply> {
    if (this.#refusesBlindly) throw error
    return next()
  }
}

const keys: Readonly<Record<'client' | 'tenant' | 'all', (c: HttpContext) => string>> = {
  client: ({ ip }) => ip,
  tenant: ({ tenant, ip }) => (tenant === undefined ? `ip ${ip}` : `tenant ${tenant}`),
  all: () => '',
}

function refusal({ retryAfterMs }: LimitDecision): RefusedError {
  return new RefusedError('RATE_LIMITED', 'More requests came than the limit allows; come back later.', {
    status: 429,
    retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : undefined,
  })
}
