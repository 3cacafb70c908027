/**
 * idempotent: a layer that gives a repeated request the answer of the first one.
 *
 *   key ─▶ claim (committed) ─▶ begin ─▶ handler ─▶ its answer, in the same transaction ─▶ commit ─▶ send
 *                                 └─ throws, 5xx ─▶ taken back ─▶ release: it may be sent again
 *
 *   killed before the commit   nothing happened; when the lease is over the next one runs the handler
 *   killed behind it           the next one gets the answer that was never sent
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { Context } from '../foundation/context/context.ts'
import { ServiceError, toServiceError } from '../foundation/errors/service-error.ts'
import type { HttpContext } from '../http/context.ts'
import type { Middleware, Next, OptionalMiddleware } from '../http/middleware.ts'
import type { Reply } from '../http/reply.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Counter, Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { addedHeaders, answerOf, errorAnswerOf, giveAgain, isKept, type StoredAnswer } from './internal/answer.ts'
import { callerOf, fingerprintOf, nameOf, parseKey } from './internal/key.ts'
import { type AnyDatabase, type Claim, type HeldKey, KeyStore } from './internal/key-store.ts'

export interface IdempotentOptions {
  /** Keys and answers are kept here: the database of the handler's own rows. */
  readonly database: AnyDatabase
  /**
   * Whether the handler runs in a transaction of `database`, which also keeps its answer: then its effect there happens once, whenever the
   * process dies. Default true. `false` for a handler that calls others or waits: it may run again after a crash, with the same
   * `c.state.idempotency.id` to know its own effects by.
   */
  readonly transaction?: boolean
  /** Whose keys they are: another caller's are others. Default: the tenant and who `Authorization` says it is. */
  readonly by?: (c: HttpContext) => string
  /** Refuses a request without a key. Default false: it is handled as ever. */
  readonly required?: boolean
  /** How long one that comes while the first is under way waits for its answer, in milliseconds. Default 0: 409 at once. */
  readonly waitMs?: number
  /** After so long an attempt whose process died may be made again, in milliseconds; default 60,000. Longer than a handler takes. */
  readonly leaseMs?: number
  /** How long an answer is kept, in milliseconds; default 24 hours. */
  readonly retentionMs?: number
  /** A larger body is not kept: a repetition is told that it was done (409). In bytes; default 256 KiB. */
  readonly maxBodyBytes?: number
  readonly log?: Logger
  readonly meter?: Meter
  readonly clock?: Clock
}

/** What a handler knows of its key. */
export interface IdempotencyAttempt {
  /** A UUID that is the same at every attempt under this key: name what you make by it, and pass it on as a key. */
  readonly id: string
  /** 1, unless a process died at it or it failed before. */
  readonly attempt: number
}

/** What `c.state` gains. */
export interface IdempotencyState {
  /** Undefined where the request has no key. */
  readonly idempotency?: IdempotencyAttempt
}

/**
 * Around `POST` and `PATCH`, of a route or a whole group; other methods are idempotent by themselves (RFC 9110 section 9.2.2).
 *
 * Requests throw ServiceError `IDEMPOTENCY_KEY_REQUIRED` (400), `BAD_IDEMPOTENCY_KEY` (400), `IDEMPOTENCY_KEY_REUSED` (422),
 * `IDEMPOTENCY_IN_PROGRESS` (409), `IDEMPOTENT_ANSWER_NOT_KEPT` (409), `IDEMPOTENCY_TAKEN_OVER` (409).
 */
export function idempotent(options: IdempotentOptions): Middleware<IdempotencyState> {
  const keys = new IdempotencyKeys(options)
  const layer: Middleware = function idempotent(c, next) {
    return keys.handle(c, next)
  }
  const isWanted: OptionalMiddleware['isWanted'] = (route) => route?.method === 'POST' || route?.method === 'PATCH'
  return Object.assign(layer, { isWanted }) as Middleware<IdempotencyState>
}

class IdempotencyKeys {
  readonly #options: IdempotentOptions
  readonly #store: KeyStore
  readonly #callerOf: (c: HttpContext) => string
  readonly #leaseMs: number
  readonly #clock: Clock
  readonly #log: Logger
  readonly #requests: Counter<'outcome'> | undefined
  #trimAtMs = 0

  constructor(options: IdempotentOptions) {
    const { database, leaseMs = 60_000, retentionMs = 24 * 3_600_000, meter } = options
    this.#options = options
    this.#store = new KeyStore(database, { leaseMs, retentionMs })
    this.#callerOf = options.by ?? callerOf
    this.#leaseMs = leaseMs
    this.#clock = options.clock ?? systemClock
    this.#log = options.log ?? noopLogger
    this.#requests = meter?.counter({
      name: 'idempotent_requests_total',
      help: 'Requests with an idempotency key, by what became of them.',
      labels: ['outcome'],
    })
  }

  handle(c: HttpContext, next: Next): Reply | Promise<Reply> {
    const field = c.raw.header('idempotency-key')
    if (field !== undefined) return this.#handleUnder(parseKey(field), c, next)
    if (this.#options.required === true) throw keyRequired()
    return next()
  }

  async #handleUnder(key: string, c: HttpContext, next: Next): Promise<Reply> {
    const claim = await this.#claim(nameOf(this.#callerOf(c), key), await fingerprintOf(c), c)
    this.#requests?.labels({ outcome: outcomes[claim.kind] }).add(1)
    if (claim.kind === 'done') return giveAgain(c, claim.answer)
    if (claim.kind === 'other request') throw keyReused()
    if (claim.kind === 'running') throw inProgress()
    const { held } = claim
    const attempt: IdempotencyAttempt = { id: held.id, attempt: held.attempt }
    Object.assign(c.state, { idempotency: attempt })
    const before = c.reply.hasHeaders ? [...c.reply.headers.pairs] : []
    try {
      return await (this.#options.transaction === false
        ? this.#alone(c, next, { held, before })
        : this.#inTransaction(c, next, { held, before }))
    } catch (error) {
      if (error instanceof TakenBack) {
        await this.#detached(() => this.#store.release(held))
        return error.reply
      }
      await this.#detached(() => this.#end(held, error, addedHeaders(c, before)))
      throw error
    } finally {
      this.#trim()
    }
  }

  /** Waits for one that is under way, as long as it may. */
  async #claim(name: string, fingerprint: string, c: HttpContext): Promise<Claim> {
    const giveUpMs = this.#clock.monotonic() + (this.#options.waitMs ?? 0)
    for (let pauseMs = 20; ; pauseMs = Math.min(250, pauseMs * 2)) {
      const claim = await this.#store.claim(name, fingerprint)
      const leftMs = giveUpMs - this.#clock.monotonic()
      if (claim.kind !== 'running' || leftMs <= 0) return claim
      await this.#clock.sleep(Math.min(pauseMs, leftMs), c.signal)
    }
  }

  /** Not tried again by itself: the layers inside run once for a request. */
  #inTransaction(c: HttpContext, next: Next, { held, before }: Attempt): Promise<Reply> {
    return this.#options.database.transaction(
      async () => {
        const reply = await next()
        if (!isKept(reply.status)) throw new TakenBack(reply)
        await this.#store.finish(held, this.#answerOf(c, before))
        return reply
      },
      { attempts: 1 },
    )
  }

  async #alone(c: HttpContext, next: Next, { held, before }: Attempt): Promise<Reply> {
    const stopRenewing = this.#keepRenewing(held)
    try {
      const reply = await next()
      if (!isKept(reply.status)) throw new TakenBack(reply)
      await this.#detached(() => this.#store.finish(held, this.#answerOf(c, before)))
      return reply
    } finally {
      stopRenewing()
    }
  }

  #answerOf(c: HttpContext, before: readonly string[]): StoredAnswer {
    const answer = answerOf(c, addedHeaders(c, before), this.#options.maxBodyBytes ?? 256 * 1_024)
    if (answer.lacks !== undefined)
      this.#log.warn('an answer is not kept for repetitions', { route: c.route?.path, lacks: answer.lacks })
    return answer
  }

  /** A refusal is an answer, too; what may succeed next time is not kept. */
  async #end(held: HeldKey, thrown: unknown, headers: readonly string[]): Promise<void> {
    const error = toServiceError(thrown)
    const isFinal = isKept(error.status) && !error.retryable
    await (isFinal ? this.#store.finish(held, errorAnswerOf(error, headers)) : this.#store.release(held))
  }

  /** Also where the request has been given up: the next attempt should not wait for the end of the lease. */
  async #detached(work: () => Promise<void>): Promise<void> {
    const context = new Context({ timeoutMs: 5_000, clock: this.#clock })
    try {
      await context.run(work)
    } catch (error) {
      this.#log.warn('the end of an idempotent request could not be written', { error })
    } finally {
      context.finish()
    }
  }

  #keepRenewing(held: HeldKey): () => void {
    let cancel: CancelTimer
    const renewLater = (): void => {
      cancel = this.#clock.schedule(
        this.#leaseMs / 3,
        () => void this.#detached(() => this.#store.renew(held)).then(again),
        true,
      )
    }
    let isStopped = false
    const again = (): void => {
      if (!isStopped) renewLater()
    }
    renewLater()
    return () => {
      isStopped = true
      cancel()
    }
  }

  #trim(): void {
    if (this.#clock.monotonic() < this.#trimAtMs) return
    this.#trimAtMs = this.#clock.monotonic() + 60_000
    void this.#detached(() => this.#store.trim())
  }
}

interface Attempt {
  readonly held: HeldKey
  readonly before: readonly string[]
}

/** Ends the transaction of an answer that says that nothing was done. */
class TakenBack extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super('taken back')
    this.reply = reply
  }
}

const outcomes: Readonly<Record<Claim['kind'], string>> = {
  ours: 'handled',
  done: 'replayed',
  running: 'in progress',
  'other request': 'reused',
}

function keyRequired(): ServiceError {
  return new ServiceError(
    'IDEMPOTENCY_KEY_REQUIRED',
    'Send an Idempotency-Key, a UUID for example, and the same one when you send this again.',
    { status: 400 },
  )
}

function keyReused(): ServiceError {
  return new ServiceError(
    'IDEMPOTENCY_KEY_REUSED',
    'This key was used for another request; take a new one for each operation.',
    { status: 422 },
  )
}

function inProgress(): ServiceError {
  return new ServiceError(
    'IDEMPOTENCY_IN_PROGRESS',
    'A request under this key is under way; send it again in a while for its answer.',
    { status: 409, retryable: true, details: { retryAfterMs: 1_000 } },
  )
}
