/**
 * SQLite: locks between the processes of one machine that share a file. Leases are counted by the machine's wall clock: who sets
 * it forward makes them run out sooner, and the token is what keeps the writes right.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { openSql, type SqlDatabase, type SqlStatement } from '../../platform/sql.ts'
import {
  type LockClaim,
  type LockGrant,
  type LockRefusal,
  type LockRequest,
  type LockStore,
  nextToken,
} from '../lock-store.ts'

export interface SqliteLockStoreOptions {
  /** The file, made if need be; or a database that is open already, and stays so. */
  database: string | SqlDatabase
  clock?: Clock
}

/** @throws ServiceError as `openSql`; so do its methods. */
export function sqliteLockStore(options: SqliteLockStoreOptions): LockStore & { close(): void } {
  return new SqliteLockStore(options)
}

interface Row {
  readonly owner: string | null
  readonly token: number
  readonly until_ms: number
}

class SqliteLockStore implements LockStore {
  readonly #database: SqlDatabase
  readonly #isOurs: boolean
  readonly #clock: Clock
  readonly #find: SqlStatement<Row>
  readonly #hold: SqlStatement
  readonly #extend: SqlStatement
  readonly #free: SqlStatement

  constructor({ database, clock = systemClock }: SqliteLockStoreOptions) {
    this.#isOurs = typeof database === 'string'
    this.#database = typeof database === 'string' ? openSql(database, { busyTimeoutMs: 1_000 }) : database
    this.#clock = clock
    this.#database.exec(`CREATE TABLE IF NOT EXISTS genever_locks (
      key TEXT PRIMARY KEY, owner TEXT, token INTEGER NOT NULL, until_ms INTEGER NOT NULL
    ) WITHOUT ROWID`)
    this.#find = this.#database.prepare('SELECT owner, token, until_ms FROM genever_locks WHERE key = ?')
    this.#hold = this.#database.prepare(`INSERT INTO genever_locks VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET owner = ?2, token = ?3, until_ms = ?4`)
    const ours = 'WHERE key = ? AND owner = ? AND token = ? AND until_ms > ?'
    this.#extend = this.#database.prepare(`UPDATE genever_locks SET until_ms = ? ${ours}`)
    this.#free = this.#database.prepare(`UPDATE genever_locks SET owner = NULL, until_ms = 0 ${ours}`)
  }

  async acquire({ key, owner, leaseMs }: LockRequest): Promise<LockGrant | LockRefusal> {
    return this.#database.transaction(() => {
      const nowMs = this.#now()
      const row = this.#find.get([key])
      const isHeld = row !== undefined && row.owner !== null && row.until_ms > nowMs
      if (isHeld && row.owner !== owner) return { kind: 'held', heldForMs: row.until_ms - nowMs }
      const token = isHeld ? row.token : nextToken(row?.token ?? 0, nowMs)
      this.#hold.run([key, owner, token, nowMs + Math.ceil(leaseMs)])
      return { kind: 'granted', token }
    })
  }

  async renew({ key, owner, token, leaseMs }: LockClaim): Promise<boolean> {
    const nowMs = this.#now()
    return this.#extend.run([nowMs + Math.ceil(leaseMs), key, owner, token, nowMs]).changes === 1
  }

  async release({ key, owner, token }: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    return this.#free.run([key, owner, token, this.#now()]).changes === 1
  }

  close(): void {
    if (this.#isOurs) this.#database.close()
  }

  #now(): number {
    return Math.floor(this.#clock.now())
  }
}
