/** What the admin port asks a process of the service about itself; plain JSON, since that process may be another one. */

export type DebugQuestion =
  | { readonly kind: 'cpu' | 'stalls' | 'allocations'; readonly seconds: number; readonly detail?: number }
  | { readonly kind: 'held' | 'runtime' }
  /** Writes all of the heap to a file. */
  | { readonly kind: 'snapshot'; readonly path: string }

/** What it answers, or why it does not. */
export type DebugOutcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly code: string; readonly message: string; readonly status: number }

/** Who can be asked: this process, or the workers. */
export interface DebugSource {
  /** Of the processes that serve. */
  pids(): readonly number[]
  /** Ends early by `signal`. It never rejects. */
  ask(pid: number, question: DebugQuestion, signal: AbortSignal): Promise<DebugOutcome>
}
