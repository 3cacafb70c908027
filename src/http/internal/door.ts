/**
 * Door: what stands between the head of a request and everything that would be done for it.
 *
 *   exchange + route ─▶ admits? ──yes──▶ onion
 *                         └─no─▶ held ─▶ its turn ─▶ onion         its body is unread and no context made
 *                                   └─▶ turned away: 503 or 504, written once and for all
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { threadCpuMs } from '../../platform/thread-cpu.ts'
import { Admission } from '../../resilience/overload/admission.ts'
import type { DropReason } from '../../resilience/overload/admission-queue.ts'
import type { Priority } from '../../resilience/overload/priority.ts'
import type { Exchange } from '../../wire/exchange.ts'
import { priorityOf } from '../request/caller.ts'
import type { TrustedPeers } from '../request/trusted-peers.ts'
import type { AdmissionView, SheddingOptions } from '../shedding.ts'
import type { Routing } from './routing.ts'
import { type TurnedAway, turnedAway } from './turned-away.ts'

export interface DoorOptions {
  readonly clock: Clock
  readonly errors: 'problem' | 'envelope'
  readonly shedding: SheddingOptions
  readonly peers: TrustedPeers | undefined
  /** Begins a request that has waited; `askedMs` is what is left of the time that its caller gave it. */
  begin(exchange: Exchange, routing: Routing, askedMs: number | undefined): void | Promise<void>
  /** Takes back what was lent for a request that does not begin. */
  release(routing: Routing): void
}

export class Door {
  readonly #options: DoorOptions
  readonly #admission: Admission<Visit>
  readonly #answers: Readonly<Record<DropReason, TurnedAway>>

  constructor(options: DoorOptions) {
    const { clock, errors, shedding } = options
    this.#options = options
    this.#answers = turnedAway(errors)
    this.#admission = new Admission({
      clock,
      // A clock that a test moves says nothing of the processor.
      cpuMs: clock === systemClock ? threadCpuMs : undefined,
      start: (visit) => this.#start(visit),
      drop: (visit, why) => this.#drop(visit, why),
      ...(shedding.maxQueued !== undefined && { maxQueued: shedding.maxQueued }),
    })
  }

  get view(): AdmissionView {
    const { waiting, isOverloaded, admitted, gauge } = this.#admission
    const maxWaitMs = this.#admission.maxWaitMs('normal')
    return { waiting, isOverloaded, admitted, serviceMs: gauge.serviceMs, maxWaitMs }
  }

  /** Whether the request may begin at once; if not, `hold` it. Nothing is begun for a caller that has no time left. */
  admits(exchange: Exchange, askedMs: number | undefined): boolean {
    return !(askedMs !== undefined && askedMs <= 0) && this.#admission.tryBegin(this.#arrivalOf(exchange))
  }

  /** Resolves when it is answered. */
  hold(exchange: Exchange, routing: Routing, askedMs: number | undefined): Promise<void> {
    const nowMs = this.#arrivalOf(exchange)
    const priority = priorityOf(exchange, this.#options.peers, routing.route.priority)
    const deadlineMs = askedMs === undefined ? Number.POSITIVE_INFINITY : nowMs + askedMs
    return new Promise((resolve, reject) => {
      const visit = { exchange, routing, priority, arrivedMs: nowMs, deadlineMs, resolve, reject }
      if (deadlineMs <= nowMs) this.#drop(visit, 'deadline')
      else this.#admission.hold(visit, { nowMs, priority, deadlineMs })
    })
  }

  /** A request that was let in waits for something. */
  goesOn(): void {
    this.#admission.goesOn()
  }

  /** It is answered. */
  ended(): void {
    this.#admission.ended()
  }

  /** The engine has read the time already, if it reads the same clock. */
  #arrivalOf({ receivedMs }: Exchange): number {
    const { clock } = this.#options
    return clock === systemClock ? receivedMs : clock.monotonic()
  }

  #start({ exchange, routing, priority, arrivedMs, deadlineMs, resolve, reject }: Visit): boolean {
    const { begin, clock, release, shedding } = this.#options
    if (exchange.cancelled !== undefined) {
      release(routing)
      resolve()
      return false
    }
    const nowMs = clock.monotonic()
    shedding.onWaited?.(nowMs - arrivedMs, priority)
    try {
      resolve(begin(exchange, routing, deadlineMs === Number.POSITIVE_INFINITY ? undefined : deadlineMs - nowMs))
    } catch (error) {
      reject(error)
    }
    return true
  }

  #drop({ exchange, routing, priority, resolve }: Visit, reason: DropReason): void {
    const { release, shedding } = this.#options
    const { status, headers, body } = this.#answers[reason]
    if (exchange.cancelled === undefined) {
      exchange.respond(status, headers, body)
      const route = routing.route.info?.path
      shedding.onTurnedAway?.({ method: exchange.method, route, status, reason, priority })
    }
    release(routing)
    resolve()
  }
}

interface Visit {
  readonly exchange: Exchange
  readonly routing: Routing
  readonly priority: Priority
  readonly arrivedMs: number
  readonly deadlineMs: number
  readonly resolve: (answered: void | Promise<void>) => void
  readonly reject: (error: unknown) => void
}
