/** TransactionSettings: what a transaction asks of the database. */

export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

export interface TransactionSettings {
  /** Default: the database's own, which is `read committed` on PostgreSQL, `repeatable read` on MySQL and `serializable` on SQLite. */
  readonly isolation?: Isolation
  /** Refuses writes, and on SQLite lets others write meanwhile; default false. */
  readonly readOnly?: boolean
}

export interface TransactionOptions extends TransactionSettings {
  /**
   * How often the whole function runs at most, if the database gives it up because of another transaction (serialization
   * failure, deadlock); default 3. It runs again from its first line: effects outside of the database belong into
   * `onCommit`. Inside another transaction nothing is repeated: the outermost one is.
   */
  readonly attempts?: number
  /** Time for one attempt, in milliseconds; the context's deadline holds if it is nearer. Default: no other limit. */
  readonly timeoutMs?: number
}
