/**
 * Hedging: a second call beside a first one that takes longer than usual; the first answer wins (Dean, Barroso: "The tail at
 * scale", 2013).
 *
 *   call ──answer──▶ result
 *     └─ still nothing after the delay, and the budget pays ─▶ a second call
 *                                the first answer is the result, the other call is cancelled
 *                                both failed: the first error
 *
 * An error before the delay is thrown at once: to repeat is the business of retry.
 */
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Context } from '../foundation/context/context.ts'
import { checkNumber } from './bad-policy.ts'
import { Expiring, ExpiryQueue } from './expiry-queue.ts'
import { LatencyWindow } from './latency-window.ts'
import { type CallScope, type Inside, NamedPolicy, type Policy } from './policy.ts'
import { RetryBudget } from './retry-budget.ts'

export interface HedgeOptions {
  /** When to make the second call. Default: after the time in which the share `quantile` of the last calls had answered, at least 1. */
  delayMs?: number
  /** Default 0.95: 5 calls of 100 are made twice. Nothing is hedged before 20 calls have been seen. */
  quantile?: number
  /** Calls beside the first one, each after a further delay. Default 1. */
  maxHedges?: number
  /** Give the budget of a retry to share it: hedges then only draw on it. Default: a budget of its own. */
  budget?: RetryBudget
  name?: string
}

/** Only idempotent calls are hedged. @throws ServiceError BAD_POLICY for options out of range. */
export function hedge(options: HedgeOptions = {}): Policy {
  return new Hedge(options)
}

const samplesNeeded = 20
/** Below it a second call costs more than it can save. */
const shortestDelayMs = 1

class Hedge extends NamedPolicy {
  readonly #delayMs: number | undefined
  readonly #quantile: number
  readonly #maxHedges: number
  readonly #budget: RetryBudget
  readonly #ownsBudget: boolean
  readonly #latencies = new LatencyWindow()
  #queue = new ExpiryQueue(systemClock)

  constructor({ delayMs, quantile = 0.95, maxHedges = 1, budget, name }: HedgeOptions) {
    if (delayMs !== undefined) checkNumber('delayMs', delayMs, { min: 0 })
    checkNumber('quantile', quantile, { min: 0, max: 1 })
    checkNumber('maxHedges', maxHedges, { min: 1, whole: true })
    super('hedge', name)
    this.#delayMs = delayMs
    this.#quantile = quantile
    this.#maxHedges = maxHedges
    this.#budget = budget ?? new RetryBudget()
    this.#ownsBudget = budget === undefined
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    if (this.#ownsBudget) this.#budget.deposit()
    const { clock } = scope.context
    const startedMs = clock.monotonic()
    const delayMs = this.#delayMs ?? this.#usualMs()
    const result = await (delayMs === undefined || !scope.idempotent
      ? inside(scope)
      : this.#race(scope, inside, delayMs))
    this.#latencies.add(clock.monotonic() - startedMs)
    return result
  }

  #race<T>(scope: CallScope, inside: Inside<T>, delayMs: number): Promise<T> {
    const { clock } = scope.context
    if (this.#queue.clock !== clock) this.#queue = new ExpiryQueue(clock)
    return new Race(scope, inside, {
      delayMs,
      queue: this.#queue,
      maxHedges: this.#maxHedges,
      mayHedge: () => this.#mayHedge(scope, delayMs),
      hedgeWon: () => this.tell(scope.key, { kind: 'hedge-won' }),
    }).run()
  }

  #usualMs(): number | undefined {
    if (this.#latencies.count < samplesNeeded) return undefined
    return Math.max(shortestDelayMs, this.#latencies.quantile(this.#quantile) ?? shortestDelayMs)
  }

  #mayHedge(scope: CallScope, delayMs: number): boolean {
    if (!this.#budget.tryWithdraw()) return false
    this.tell(scope.key, { kind: 'hedged', delayMs })
    return true
  }
}

interface RaceRules {
  readonly delayMs: number
  readonly queue: ExpiryQueue
  readonly maxHedges: number
  readonly mayHedge: () => boolean
  readonly hedgeWon: () => void
}

/** Calls beside each other, each in a context of its own, so that those that lose can be cancelled. */
class Race<T> extends Expiring {
  readonly #scope: CallScope
  readonly #inside: Inside<T>
  readonly #rules: RaceRules
  readonly #outcome = Promise.withResolvers<T>()
  #running: Context[] = []
  #hedges = 0
  #firstError: { readonly error: unknown } | undefined
  #isOver = false

  constructor(scope: CallScope, inside: Inside<T>, rules: RaceRules) {
    super()
    this.#scope = scope
    this.#inside = inside
    this.#rules = rules
  }

  run(): Promise<T> {
    this.#start(false)
    return this.#outcome.promise
  }

  /** The delay has passed without an answer. */
  expired(): void {
    if (this.#scope.context.cancelled !== undefined || !this.#rules.mayHedge()) return
    this.#hedges++
    this.#start(true)
  }

  #start(isHedge: boolean): void {
    const context = this.#scope.context.child()
    this.#running.push(context)
    const { queue, delayMs, maxHedges } = this.#rules
    if (this.#hedges < maxHedges) queue.add(this, delayMs)
    context.runWith(this.#inside, { ...this.#scope, context }).then(
      (value) => this.#won(context, value, isHedge),
      (error) => this.#lost(context, error),
    )
  }

  #won(context: Context, value: T, isHedge: boolean): void {
    if (this.#isOver) return
    this.#leave(context)
    this.#end()
    for (const loser of this.#running) loser.cancel()
    if (isHedge) this.#rules.hedgeWon()
    this.#outcome.resolve(value)
  }

  #lost(context: Context, error: unknown): void {
    if (this.#isOver) return
    this.#leave(context)
    this.#firstError ??= { error }
    if (this.#running.length > 0) return
    this.#end()
    this.#outcome.reject(this.#firstError.error)
  }

  #leave(context: Context): void {
    context.finish()
    this.#running = this.#running.filter((other) => other !== context)
  }

  #end(): void {
    this.#isOver = true
    this.#rules.queue.remove(this)
  }
}
