/** What the receiver says to whoever started it. It is asked for its report by any message. */
import type { TraceTally } from './span-tally.ts'

export type CounterAnswer =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'report'; readonly traces: readonly TraceTally[] }
