/**
 * SelectCase: one thing that a `select` may wait for. Channels, timers and contexts give cases; so may your own type.
 *
 *   isReady ──yes──▶ take            the select chose it among those that are ready
 *      └─no─▶ wait(entry) ─▶ entry.win(result) │ entry.fail(error) │ leave(): another case has won
 */

/** `Result` is what the chosen case brings, beside its name. */
export interface SelectCase<Result extends SelectResult> {
  /** Changes nothing. */
  isReady(): boolean
  /** Only called when it is ready, and at once. */
  take(): Result
  /** Only called when no case is ready. */
  wait(entry: SelectEntry<Result>): SelectWait
}

export interface SelectResult {
  readonly ok: boolean
  readonly value: unknown
}

/** Whoever calls it first decides the select; it calls `leave` of all others before it returns. */
export interface SelectEntry<Result> {
  win(result: Result): void
  fail(error: Error): void
}

export interface SelectWait {
  leave(): void
}
