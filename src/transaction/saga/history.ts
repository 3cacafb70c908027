/**
 * History: what has happened to an instance, in order. It is written before the effect that it announces, and all decisions
 * are made from it alone, so that any process can go on where another one ended.
 */

export type HistoryEntry =
  | { readonly kind: 'begun'; readonly step: string; readonly attempt: number; readonly atMs: number }
  | { readonly kind: 'done'; readonly step: string; readonly output?: unknown; readonly atMs: number }
  | {
      readonly kind: 'failed'
      readonly step: string
      readonly attempt: number
      readonly isFinal: boolean
      readonly code: string
      readonly reason: string
      readonly atMs: number
    }
  | { readonly kind: 'turned'; readonly code: string; readonly reason: string; readonly atMs: number }
  | { readonly kind: 'undo begun'; readonly step: string; readonly attempt: number; readonly atMs: number }
  | { readonly kind: 'undone'; readonly step: string; readonly atMs: number }
  | {
      readonly kind: 'undo failed'
      readonly step: string
      readonly attempt: number
      readonly code: string
      readonly reason: string
      readonly atMs: number
    }

/**
 *   running ─▶ done
 *      └─ a step failed for good, too late, cancelled ─▶ compensating ─▶ compensated
 */
export type SagaStatus = 'running' | 'compensating' | 'done' | 'compensated'

export type History = readonly HistoryEntry[]
