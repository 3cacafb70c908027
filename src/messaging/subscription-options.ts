/** SubscriptionOptions: how a group handles its events. */

export interface SubscriptionOptions {
  /** Who listens: each event is handled by one member of a group. Default: the name of the messaging's source. */
  readonly group?: string
  /** Where a group begins that was never there before; default `earliest`. */
  readonly from?: 'earliest' | 'latest'
  /** Events that are handled at once; default 16. Those of one key are handled one after the other. */
  readonly concurrency?: number
  /** Time for one attempt, in milliseconds: then its context is cancelled, and the attempt has failed. Default 30,000. */
  readonly timeoutMs?: number
  readonly retry?: RedeliveryOptions
  /**
   * Handles several events at once: the handler gets a list. Of one key there is one event in a batch at a time, so that their order is
   * kept. Default: one by one.
   */
  readonly batch?: BatchOptions
  /**
   * `manual`: an event is handled when the handler has called its `ack()`, `retry()` or `reject()`, within `timeoutMs`, and not when it
   * returns. Default `auto`.
   */
  readonly ack?: 'auto' | 'manual'
  /**
   * Where an event goes that failed at its last attempt or can never succeed; default its topic with `.dead-letter`. `false`: it is tried
   * for ever, and later events of its key wait behind it.
   */
  readonly deadLetter?: string | false
}

export interface BatchOptions {
  /** Events at most. */
  readonly size: number
  /** A batch that is not full begins so long after its first event; in milliseconds, default 50. */
  readonly waitMs?: number
}

export interface RedeliveryOptions {
  /** In all; default 5. */
  readonly attempts?: number
  /** Before the second attempt, doubled for each further one, with full jitter; in milliseconds, default 100. */
  readonly baseDelayMs?: number
  /** Default 30,000. */
  readonly maxDelayMs?: number
}
