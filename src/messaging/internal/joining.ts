/**
 * Joining: the start of messaging, which a broker that is away does not stop.
 *
 *   begin ─▶ connect and join ─┬─▶ joined                                                   the start is over
 *                              ├─▶ the broker is away, or lets it wait ─▶ the start is over, and goes on behind it ─▶ joined
 *                              └─▶ what no waiting heals (a bad address, no package) ─▶ the start fails
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { type ServiceError, toServiceError } from '../../foundation/errors/service-error.ts'
import type { Logger } from '../../telemetry/logger.ts'

export interface JoiningParts {
  readonly clock: Clock
  readonly log: Logger
  /** Called again until it resolves; what it has done before stays done. */
  readonly join: () => Promise<void>
}

/** The start waits no longer for a broker that answers late. */
const patienceMs = 10_000
const retryMs = { least: 250, most: 5_000 }

export class Joining {
  readonly #parts: JoiningParts
  #problem: string | undefined = 'its groups are still being joined'
  #isOver = false
  #isBehind = false
  #cancelRetry: CancelTimer | undefined

  constructor(parts: JoiningParts) {
    this.#parts = parts
  }

  /** Why it has not joined yet; undefined once it has. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** @throws what no waiting heals. */
  async begin(): Promise<void> {
    const { clock } = this.#parts
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const cancelTimer = clock.schedule(patienceMs, resolve, true)
    try {
      await Promise.race([this.#attempt(retryMs.least), late])
    } finally {
      cancelTimer()
      this.#isBehind = true
    }
  }

  /** Joins nothing any more. */
  stop(): void {
    this.#isOver = true
    this.#cancelRetry?.()
  }

  async #attempt(delayMs: number): Promise<void> {
    const { clock, log, join } = this.#parts
    try {
      await join()
      this.#problem = undefined
      if (this.#isBehind) log.info('the broker is there: messages are taken')
    } catch (thrown) {
      const error = toServiceError(thrown)
      if (this.#isOver) return
      if (!this.#isBehind && !isAway(error)) throw error
      if (delayMs === retryMs.least) log.warn('the broker is away: messaging goes on when it is there', { error })
      this.#problem = error.message
      this.#cancelRetry = clock.schedule(delayMs, () => void this.#attempt(Math.min(retryMs.most, 2 * delayMs)))
    }
  }
}

function isAway(error: ServiceError): boolean {
  return error.code === 'BROKER_UNAVAILABLE'
}
