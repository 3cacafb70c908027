/** Shedding: what happens at the door when more is asked of the service than it can do. */
import type { DropReason } from '../resilience/overload/admission-queue.ts'
import type { Priority } from '../resilience/overload/priority.ts'

export interface SheddingOptions {
  /** Requests that wait at most; then the oldest of the lowest priority makes room. Default 1,000. */
  readonly maxQueued?: number
  /** Told of each request that is turned away, and must be quick about it. Default: nobody. */
  readonly onTurnedAway?: (news: TurnedAwayNews) => void
  /** Told how long a request had to wait before it began, if it had to. Default: nobody. */
  readonly onWaited?: (waitedMs: number, priority: Priority) => void
}

export interface TurnedAwayNews {
  readonly method: string
  /** The pattern; undefined where no route fits. */
  readonly route: string | undefined
  readonly status: number
  /** Too many waited, it had waited too long, or its caller has given up. */
  readonly reason: DropReason
  readonly priority: Priority
}

/** The door at this moment. */
export interface AdmissionView {
  readonly waiting: number
  readonly isOverloaded: boolean
  /** Requests that were let in since the start. */
  readonly admitted: number
  /** How long a request holds the thread, on average. */
  readonly serviceMs: number
  /** How long a request of normal priority may wait. */
  readonly maxWaitMs: number
}
