/** What a supervisor and its workers say to each other; plain JSON, over the channel between parent and child process. */
import type { TimedFault } from '../../resilience/fault/fault-set.ts'
import type { LogThreshold } from '../../telemetry/logger.ts'
import type { DebugQuestion } from '../debug/debug-question.ts'
import type { OperationName } from '../operations/operations.ts'
import type { ShutdownPlan } from '../shutdown-plan.ts'

export type ToWorker =
  /** From now on this worker alone does what only one of them may do. */
  | { readonly kind: 'lead' }
  /** Finish what is under way, and end. */
  | { readonly kind: 'drain'; readonly plan: ShutdownPlan }
  | { readonly kind: 'ask'; readonly id: number; readonly question: WorkerQuestion }

/** `alive` is answered by whoever still turns its event loop; `faults` when the worker suffers these, and no others. */
export type WorkerQuestion =
  | { readonly kind: 'alive' | 'health' | 'metrics' | 'schedule' | 'warmup' }
  | { readonly kind: 'log-level'; readonly level: LogThreshold }
  | { readonly kind: 'faults'; readonly faults: readonly TimedFault[] }
  | { readonly kind: 'debug'; readonly question: DebugQuestion }
  /** Whoever asked has left: what is recorded ends. */
  | { readonly kind: 'end-debug' }
  /** Answered by an `OperationAnswer`. */
  | { readonly kind: 'operation'; readonly name: OperationName; readonly input: unknown }

/** Errors of an operation are for whoever asked: they keep their code. */
export type OperationAnswer =
  | { readonly value: unknown; readonly error?: undefined }
  | {
      readonly value?: undefined
      readonly error: { readonly code: string; readonly message: string; readonly status: number }
    }

export type FromWorker =
  /** It serves. */
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** The question could not be answered; `error` is for the operator. */
  | { readonly kind: 'refusal'; readonly id: number; readonly error: string }
