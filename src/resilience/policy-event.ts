/** What policies tell: only what goes wrong or changes. A call that simply succeeds says nothing and costs nothing. */
import type { RefusedError } from './refused-error.ts'

export type PolicyEvent = PolicyOrigin & PolicyNews

export interface PolicyOrigin {
  /** What it is: `retry`, `breaker`, … */
  readonly policy: string
  /** Which one: the name it was given, else what it is. */
  readonly name: string
  /** The key of the call; empty where nobody gave one. */
  readonly key: string
}

export type PolicyNews =
  /** The call was not made. */
  | { readonly kind: 'refused'; readonly error: RefusedError }
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  /** It will be made again after the delay. */
  | { readonly kind: 'retried'; readonly attempt: number; readonly delayMs: number; readonly error: unknown }
  /** It would have been made again, but there are no attempts, no budget or no time left. */
  | {
      readonly kind: 'gave-up'
      readonly attempt: number
      readonly why: 'attempts' | 'budget' | 'deadline'
      readonly error: unknown
    }
  /** A second call was made beside the first, which takes longer than usual. */
  | { readonly kind: 'hedged'; readonly delayMs: number }
  | { readonly kind: 'hedge-won' }
  /** A breaker changed its state. */
  | { readonly kind: 'opened' | 'half-opened' | 'closed' }
  /** A lesser answer took the place of the error. */
  | { readonly kind: 'degraded'; readonly error: unknown }

export type PolicyListener = (event: PolicyEvent) => void
