/** WorkerProcess: a worker as its supervisor sees it; the contract that tests fulfil without processes. */
import type { FromWorker, ToWorker } from './worker-message.ts'

export interface WorkerProcess {
  readonly pid: number
  /** Does nothing once the worker is gone. */
  send(message: ToWorker): void
  /** Ends it at once (SIGKILL). */
  kill(): void
}

export interface WorkerEvents {
  message(message: FromWorker): void
  /** The process is gone; called once, and last. */
  exit(exit: WorkerExit): void
}

export interface WorkerExit {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined
  readonly signal: string | undefined
}

/**
 * Starts the worker with the number `id`, which is kept when it is restarted.
 *
 * @throws what keeps it from being started; then no event comes.
 */
export type LaunchWorker = (id: number, events: WorkerEvents) => Promise<WorkerProcess>
