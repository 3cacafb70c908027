/** SessionLimits: how long a server and we wait for each other. SQLite is in this process and has none of them. */

export interface SessionLimits {
  /** Until a connection stands, in milliseconds; default 5,000. */
  readonly connectTimeoutMs?: number
  /** For a statement whose context has no nearer deadline, in milliseconds; default 30,000. */
  readonly statementTimeoutMs?: number
  /**
   * A transaction that says nothing for so long is rolled back by the server, which frees its locks: its process hangs, or sleeps, or
   * has been cut off. In milliseconds, default 60,000; MariaDB counts whole seconds, and MySQL knows no such limit.
   */
  readonly idleTransactionMs?: number
}

export const defaultLimits: Required<SessionLimits> = {
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 30_000,
  idleTransactionMs: 60_000,
}
