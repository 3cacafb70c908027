/**
 * KeyStore: keys in the service's own database.
 *
 *   (no row) ─ claim ─▶ running, owner, lease ─ finish ─▶ done, answer ─ retention ─▶ (no row)
 *                          └─ release, or its process died and the lease ends ─ claim ─▶ running, another owner
 *
 * What ends an attempt names its owner: one that slept beyond its lease changes nothing, and its transaction is taken back.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../database/database.ts'
import { databaseNow } from '../../database/database-now.ts'
import { insertIgnoring } from '../../database/insert-ignoring.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { idempotencyTables } from '../idempotency-tables.ts'
import type { StoredAnswer } from './answer.ts'

/** Whatever the user's tables are. */
export type AnyDatabase = Pick<Database, 'dialect' | 'transaction' | 'needs' | 'makeTables'>

interface KeyRow {
  name: string
  id: string
  fingerprint: string
  state: 'running' | 'done'
  owner: string
  attempt: number
  lease_until_ms: number | bigint
  expires_ms: number | bigint
  answer: string | null
  body: Uint8Array | null
}

interface Tables {
  genever_idempotency: KeyRow
}

/** An attempt that is ours. */
export interface HeldKey {
  readonly name: string
  readonly id: string
  readonly owner: string
  readonly attempt: number
}

export type Claim =
  | { readonly kind: 'ours'; readonly held: HeldKey }
  | { readonly kind: 'done'; readonly answer: StoredAnswer }
  | { readonly kind: 'running' }
  | { readonly kind: 'other request' }

export interface KeyStoreOptions {
  readonly leaseMs: number
  readonly retentionMs: number
}

export class KeyStore {
  readonly #db: Database<Tables>
  readonly #options: KeyStoreOptions

  constructor(database: AnyDatabase, options: KeyStoreOptions) {
    this.#db = database as unknown as Database<Tables>
    this.#options = options
    database.needs(idempotencyTables)
  }

  async claim(name: string, fingerprint: string): Promise<Claim> {
    await this.#db.makeTables()
    const owner = crypto.randomUUID()
    for (;;) {
      // Read first: on SQLite a write would wait for the transaction of the one that is under way.
      const row = await this.#find(name)
      if (row === undefined) {
        const id = crypto.randomUUID()
        if (await this.#insert({ name, fingerprint, owner, id })) return ours({ name, id, owner, attempt: 1 })
      } else if (row.isExpired) await this.#forget(name)
      else if (row.fingerprint !== fingerprint) return { kind: 'other request' }
      else if (row.state === 'done') return { kind: 'done', answer: answerFrom(row) }
      else if (!row.isFree) return { kind: 'running' }
      else if (await this.#takeOver(row, owner))
        return ours({ name, id: row.id, owner, attempt: Number(row.attempt) + 1 })
    }
  }

  /** In the transaction of the effect, where there is one. @throws ServiceError `IDEMPOTENCY_TAKEN_OVER` (409) */
  async finish({ name, owner }: HeldKey, { body, ...answer }: StoredAnswer): Promise<void> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_idempotency')
      .set({
        state: 'done',
        answer: JSON.stringify(answer),
        body: body ?? null,
        expires_ms: this.#after(this.#options.retentionMs),
      })
      .where('name', '=', name)
      .where('owner', '=', owner)
      .where('state', '=', 'running')
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw takenOver()
  }

  /** The next attempt may begin at once, under the same id. */
  async release(held: HeldKey): Promise<void> {
    await this.#lease(held, sql<number>`0`)
  }

  async renew(held: HeldKey): Promise<void> {
    await this.#lease(held, this.#after(this.#options.leaseMs))
  }

  /** Forgets what is older than the retention, a thousand at most. */
  async trim(): Promise<void> {
    const now = databaseNow(this.#db.dialect)
    const table = this.#db.query.selectFrom('genever_idempotency').select('name')
    const old = await table.where('expires_ms', '<', now).limit(1_000).execute()
    if (old.length === 0) return
    const names = old.map(({ name }) => name)
    await this.#db.query
      .deleteFrom('genever_idempotency')
      .where('name', 'in', names)
      .where('expires_ms', '<', now)
      .execute()
  }

  #insert(row: Pick<KeyRow, 'name' | 'fingerprint' | 'owner' | 'id'>): Promise<boolean> {
    const { leaseMs, retentionMs } = this.#options
    return insertIgnoring(this.#db, 'genever_idempotency', {
      ...row,
      state: 'running',
      attempt: 1,
      lease_until_ms: this.#after(leaseMs),
      expires_ms: this.#after(retentionMs),
    })
  }

  async #find(name: string): Promise<(KeyRow & { isFree: boolean; isExpired: boolean }) | undefined> {
    const now = databaseNow(this.#db.dialect)
    const row = await this.#db.query
      .selectFrom('genever_idempotency')
      .selectAll()
      .select([
        sql<unknown>`case when lease_until_ms < ${now} then 1 else 0 end`.as('is_free'),
        sql<unknown>`case when expires_ms < ${now} then 1 else 0 end`.as('is_expired'),
      ])
      .where('name', '=', name)
      .executeTakeFirst()
    return row && { ...row, isFree: Number(row.is_free) === 1, isExpired: Number(row.is_expired) === 1 }
  }

  async #takeOver({ name, owner: before }: KeyRow, owner: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_idempotency')
      .set({ owner, attempt: sql<number>`attempt + 1`, lease_until_ms: this.#after(this.#options.leaseMs) })
      .where('name', '=', name)
      .where('owner', '=', before)
      .where('state', '=', 'running')
      .where('lease_until_ms', '<', databaseNow(this.#db.dialect))
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  }

  async #forget(name: string): Promise<void> {
    await this.#db.query
      .deleteFrom('genever_idempotency')
      .where('name', '=', name)
      .where('expires_ms', '<', databaseNow(this.#db.dialect))
      .execute()
  }

  async #lease({ name, owner }: HeldKey, until: RawBuilder<number>): Promise<void> {
    await this.#db.query
      .updateTable('genever_idempotency')
      .set({ lease_until_ms: until })
      .where('name', '=', name)
      .where('owner', '=', owner)
      .where('state', '=', 'running')
      .execute()
  }

  #after(ms: number): RawBuilder<number> {
    return sql<number>`${databaseNow(this.#db.dialect)} + ${sql.lit(Math.trunc(ms))}`
  }
}

function ours(held: HeldKey): Claim {
  return { kind: 'ours', held }
}

function answerFrom({ answer, body }: KeyRow): StoredAnswer {
  return { ...(JSON.parse(answer ?? '{}') as StoredAnswer), body: body ?? undefined }
}

function takenOver(): ServiceError {
  return new ServiceError(
    'IDEMPOTENCY_TAKEN_OVER',
    'This attempt took longer than its lease, and another one has begun; what it did in its transaction was taken back. Send it again.',
    { status: 409, retryable: true },
  )
}
