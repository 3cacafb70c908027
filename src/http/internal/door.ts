/**
 * Door: what stands between the head of a request and everything that would be done for it.
 *
 *   exchange + route ─▶ admits? ──yes──▶ onion
 *                         └─no─▶ held ─▶ its turn ─▶ onion         its body is unread and no context made
 *                                   └─▶ turned away: 503 or 504, written once and for all
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { Admission } from '../../resilience/overload/admission.ts'
import type { DropReason } from '../../resilience/overload/admission-queue.ts'
import type { Exchange } from '../../wire/exchange.ts'
import type { SheddingOptions } from '../shedding.ts'
import type { Routing } from './routing.ts'
import { type TurnedAway, turnedAway } from './turned-away.ts'

export interface DoorOptions {
  readonly clock: Clock
  readonly errors: 'problem' | 'envelope'
  readonly shedding: SheddingOptions
  /** Begins a request that has waited. */
  begin(exchange: Exchange, routing: Routing): void | Promise<void>
  /** Takes back what was lent for a request that does not begin. */
  release(routing: Routing): void
}

export class Door {
  readonly #options: DoorOptions
  readonly #admission: Admission<Visit>
  readonly #answers: Readonly<Record<DropReason, TurnedAway>>

  constructor(options: DoorOptions) {
    this.#options = options
    this.#answers = turnedAway(options.errors)
    this.#admission = new Admission({
      clock: options.clock,
      start: (visit) => this.#start(visit),
      drop: (visit, why) => this.#drop(visit, why),
      ...options.shedding,
    })
  }

  /** Whether the request may begin at once; if not, `hold` it. */
  admits(exchange: Exchange): boolean {
    return this.#admission.tryBegin(this.#arrivalOf(exchange))
  }

  /** Resolves when it is answered. */
  hold(exchange: Exchange, routing: Routing): Promise<void> {
    return new Promise((resolve, reject) => {
      const visit = { exchange, routing, resolve, reject }
      this.#admission.hold(visit, { nowMs: this.#arrivalOf(exchange), priority: routing.route.priority })
    })
  }

  /** The engine has read the time already, if it reads the same clock. */
  #arrivalOf({ receivedMs }: Exchange): number {
    const { clock } = this.#options
    return clock === systemClock ? receivedMs : clock.monotonic()
  }

  #start({ exchange, routing, resolve, reject }: Visit): boolean {
    if (exchange.cancelled !== undefined) {
      this.#options.release(routing)
      resolve()
      return false
    }
    try {
      resolve(this.#options.begin(exchange, routing))
    } catch (error) {
      reject(error)
    }
    return true
  }

  #drop({ exchange, routing, resolve }: Visit, why: DropReason): void {
    const { status, headers, body } = this.#answers[why]
    // On a cancelled exchange it does nothing.
    exchange.respond(status, headers, body)
    this.#options.release(routing)
    resolve()
  }
}

interface Visit {
  readonly exchange: Exchange
  readonly routing: Routing
  readonly resolve: (answered: void | Promise<void>) => void
  readonly reject: (error: unknown) => void
}
