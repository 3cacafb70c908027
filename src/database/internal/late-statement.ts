/**
 * LateStatement: stops a statement at the server when it takes too long or nobody waits for it any more.
 *
 *   running ─ deadline, cancellation ─▶ asked to stop ─▶ the server says that it did: the session goes on
 *                                            └─ no word within a second ─▶ the session is lost
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import type { Context } from '../../foundation/context/context.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import { statementTooLong } from '../database-error.ts'

export interface StoppableSession {
  readonly clock: Clock
  /** For a statement whose context has no nearer deadline, in milliseconds. */
  readonly statementTimeoutMs: number
  /** Asks the server, on a connection of its own, to stop what this session does. */
  cancel(): Promise<void>
}

/** How long the server may take to say that it has stopped. */
const cancelGraceMs = 1_000

export class LateStatement {
  readonly #session: StoppableSession
  readonly #drop: () => void
  readonly #lost = Promise.withResolvers<never>()
  readonly #leaveContext: (() => void) | undefined
  readonly #cancelTimer: CancelTimer
  #cancelGrace: CancelTimer | undefined
  #reason: ServiceError | undefined

  /** `drop` ends the session. */
  constructor(session: StoppableSession, context: Context | undefined, drop: () => void) {
    this.#session = session
    this.#drop = drop
    this.#lost.promise.catch(() => undefined)
    this.#cancelTimer = session.clock.schedule(session.statementTimeoutMs, () => this.#stop(statementTooLong()))
    this.#leaveContext = context?.onCancel((reason) => this.#stop(reason))
  }

  /** Why it was stopped; undefined if it was not. */
  get reason(): ServiceError | undefined {
    return this.#reason
  }

  /** The answer; rejects if the server was asked to stop and said nothing. */
  async answer<T>(answer: Promise<T>): Promise<T> {
    answer.catch(() => undefined)
    try {
      return await Promise.race([answer, this.#lost.promise])
    } finally {
      this.#leaveContext?.()
      this.#cancelTimer()
      this.#cancelGrace?.()
    }
  }

  #stop(reason: ServiceError): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#session.cancel().catch(() => undefined)
    this.#cancelGrace = this.#session.clock.schedule(cancelGraceMs, () => {
      // First the reason: dropping the session rejects the answer too.
      this.#lost.reject(reason)
      this.#drop()
    })
  }
}
