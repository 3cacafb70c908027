/** What a supervisor and its workers say to each other; plain JSON, over the channel between parent and child process. */
import type { ShutdownPlan } from '../shutdown-plan.ts'

export type ToWorker =
  /** From now on this worker alone does what only one of them may do. */
  | { readonly kind: 'lead' }
  /** Finish what is under way, and end. */
  | { readonly kind: 'drain'; readonly plan: ShutdownPlan }
  | { readonly kind: 'ask'; readonly id: number; readonly question: WorkerQuestion }

/** `alive` is answered by whoever still turns its event loop. */
export type WorkerQuestion = 'alive' | 'health' | 'metrics' | 'warmup'

export type FromWorker =
  /** It serves. */
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** The question could not be answered; `error` is for the operator. */
  | { readonly kind: 'refusal'; readonly id: number; readonly error: string }
