/** What a supervisor and its workers say to each other; plain JSON, over the channel between parent and child process. */

export type ToWorker =
  /** From now on this worker alone does what only one of them may do. */
  | { readonly kind: 'lead' }
  /** The balancers have noticed: finish what is under way and end, `graceMs` from now at the latest. */
  | { readonly kind: 'drain'; readonly graceMs: number }
  | { readonly kind: 'ask'; readonly id: number; readonly question: WorkerQuestion }

/** `alive` is answered by whoever still turns its event loop. */
export type WorkerQuestion = 'alive' | 'health' | 'metrics' | 'warmup'

export type FromWorker =
  /** It serves. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** The question could not be answered; `error` is for the operator. */
  | { readonly kind: 'refusal'; readonly id: number; readonly error: string }
