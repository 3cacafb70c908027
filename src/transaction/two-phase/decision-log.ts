/** DecisionLog: what is under way, and what has been decided. A commit is decided by one statement, and from then on it is one. */
import { sql } from 'kysely'
import type { Database } from '../../database/database.ts'
import { databaseNow } from '../../database/database-now.ts'
import { twoPhaseTables } from '../transaction-tables.ts'
import type { LogDatabase } from './coordinator.ts'

export type TwoPhaseStatus = 'preparing' | 'committing' | 'aborting'

export interface LoggedTransaction {
  readonly id: string
  readonly status: TwoPhaseStatus
  readonly names: readonly string[]
}

interface Tables {
  genever_two_phase_log: { one: number; name: string }
  genever_two_phase: { id: string; status: TwoPhaseStatus; names: string; lease_until_ms: number | bigint }
}

export class DecisionLog {
  readonly #db: Database<Tables>
  readonly #leaseMs: number
  #name: Promise<string> | undefined

  constructor(database: LogDatabase, leaseMs: number) {
    this.#db = database as unknown as Database<Tables>
    database.needs(twoPhaseTables)
    this.#leaseMs = leaseMs
  }

  makeTables(): Promise<void> {
    return this.#db.makeTables()
  }

  /** Eight letters that no other log has: a server may be a part of transactions of others, too. */
  name(): Promise<string> {
    this.#name ??= this.#readName().catch((error: unknown) => {
      this.#name = undefined
      throw error
    })
    return this.#name
  }

  async knows(id: string): Promise<boolean> {
    const row = await this.#db.query
      .selectFrom('genever_two_phase')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst()
    return row !== undefined
  }

  async begin(id: string, names: readonly string[]): Promise<void> {
    await this.#db.query
      .insertInto('genever_two_phase')
      .values({ id, status: 'preparing', names: JSON.stringify(names), lease_until_ms: this.#leaseEnd() as never })
      .execute()
  }

  /** The decision. False if the recovery has given the transaction up meanwhile. */
  async decide(id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_two_phase')
      .set({ status: 'committing' })
      .where('id', '=', id)
      .where('status', '=', 'preparing')
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  }

  async forget(id: string): Promise<void> {
    await this.#db.query.deleteFrom('genever_two_phase').where('id', '=', id).execute()
  }

  /** The recovery may take it at once. */
  async release(id: string): Promise<void> {
    await this.#db.query.updateTable('genever_two_phase').set({ lease_until_ms: 0 }).where('id', '=', id).execute()
  }

  /** Those whose process is dead: what is undecided is decided against. */
  async claimLeft(): Promise<LoggedTransaction[]> {
    return await this.#db.transaction(async () => {
      const now = databaseNow(this.#db.dialect)
      const lock = this.#db.dialect === 'sqlite' ? sql`` : sql`for update skip locked`
      const { rows } = await sql<Tables['genever_two_phase']>`
        select id, status, names from genever_two_phase where lease_until_ms < ${now} order by id limit 100 ${lock}`.execute(
        this.#db.query,
      )
      for (const { id, status } of rows) {
        await this.#db.query
          .updateTable('genever_two_phase')
          .set({ lease_until_ms: this.#leaseEnd() as never, ...(status === 'preparing' && { status: 'aborting' }) })
          .where('id', '=', id)
          .execute()
      }
      return rows.map(({ id, status, names }) => ({
        id,
        status: status === 'preparing' ? 'aborting' : status,
        names: JSON.parse(names) as string[],
      }))
    })
  }

  async #readName(): Promise<string> {
    const { name } = await this.#db.query.selectFrom('genever_two_phase_log').select('name').executeTakeFirstOrThrow()
    return name
  }

  #leaseEnd(): unknown {
    return sql<number>`${databaseNow(this.#db.dialect)} + ${sql.lit(this.#leaseMs)}`
  }
}
