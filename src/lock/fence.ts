/**
 * Fence: refuses what is written under a lock that its writer has lost. The write and the check are one step of the store that is
 * written to; there is one fence for each store, with the same rule:
 *
 *   write(resource, token) ─▶ token ≥ the highest seen? ──yes──▶ remember it, write
 *                                      └─no─▶ STALE_TOKEN, nothing is written
 *
 *   await fencePostgres(client, claim)                 inside the transaction that writes
 *   fenceSqlite(database, claim)                       likewise
 *   await runFenced(redis, script, { claim, keys })    the script is the write
 *   new MemoryFence().check(claim)                     before a synchronous write
 */

export interface FenceClaim {
  /** What is protected: often the key of the lock. */
  readonly resource: string
  /** Of the lease. */
  readonly token: number
}
