/** RunningService: a service that has been started, as whoever started it holds it. */
import type { StopFailure } from '../foundation/lifecycle/lifecycle.ts'

export interface RunningService {
  /** Where its traffic port can be reached from this machine, such as `http://127.0.0.1:8080`. */
  readonly url: string
  readonly adminUrl: string
  /** Drains and ends it as a signal would, and says what went wrong. Called again, it gives the first call's result. */
  stop(): Promise<StopReport>
  /** Resolves when it has ended, for whatever reason. */
  readonly stopped: Promise<StopReport>
}

export interface StopReport {
  /** Requests that were not answered, because the time was over. */
  readonly droppedRequests: number
  /** Components that did not stop as they should. */
  readonly failures: readonly StopFailure[]
}

export function isClean({ droppedRequests, failures }: StopReport): boolean {
  return droppedRequests === 0 && failures.length === 0
}
