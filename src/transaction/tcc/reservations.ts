/**
 * Reservations: a participant's side of Try, Confirm, Cancel: each call has its effect once, in whatever order and however often it comes.
 *
 *   try ─▶ tried ─ confirm ─▶ confirmed
 *            └─ cancel, expiry ─▶ cancelled        cancel without a try ─▶ cancelled: a try that comes later is refused
 */
import { sql } from 'kysely'
import type { Database } from '../../database/database.ts'
import { databaseNow } from '../../database/database-now.ts'
import { insertIgnoring } from '../../database/insert-ignoring.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { reservationTables } from '../transaction-tables.ts'

export type ReservationStatus = 'tried' | 'confirmed' | 'cancelled'

interface Tables {
  genever_reservation: { id: string; status: ReservationStatus; data: string; expires_ms: number | bigint }
}

export interface ReservationOptions {
  /**
   * Given back by `expire` after this time, in milliseconds. Longer than its transaction may take: a confirmation that comes later is
   * refused, and nobody can undo what others have confirmed. Default: never.
   */
  readonly expiresMs?: number
}

export class Reservations {
  readonly #db: Database<Tables>

  constructor({ database }: { readonly database: Pick<Database, 'dialect' | 'transaction' | 'needs'> }) {
    this.#db = database as unknown as Database<Tables>
    database.needs(reservationTables)
  }

  /**
   * `work` reserves, in the transaction that remembers it. `data` comes back in confirm, cancel and expiry.
   *
   * @throws ServiceError `RESERVATION_CANCELLED` (409) where it was cancelled before it came.
   */
  async try<Data>(
    id: string,
    data: Data,
    work: () => Promise<void>,
    { expiresMs }: ReservationOptions = {},
  ): Promise<void> {
    await this.#db.transaction(async () => {
      if (await this.#insert(id, { status: 'tried', data, expiresMs })) return await work()
      const known = await this.#locked(id)
      if (known?.status === 'cancelled') throw cancelled()
    })
  }

  /** @throws ServiceError `RESERVATION_CANCELLED` where it was cancelled or has expired, `RESERVATION_NOT_FOUND` where it was never tried. */
  async confirm<Data>(id: string, work: (data: Data) => Promise<void>): Promise<void> {
    await this.#db.transaction(async () => {
      const known = await this.#locked(id)
      if (known === undefined) throw notFound()
      if (known.status === 'cancelled') throw cancelled()
      if (known.status === 'confirmed') return
      await this.#set(id, 'confirmed')
      await work(JSON.parse(known.data) as Data)
    })
  }

  /** @throws ServiceError `RESERVATION_CONFIRMED` (409) where it was confirmed: a coordinator never does both. */
  async cancel<Data>(id: string, work: (data: Data) => Promise<void>): Promise<void> {
    await this.#db.transaction(async () => {
      // Nothing to give back; a try that is still on its way finds this.
      if (await this.#insert(id, { status: 'cancelled', data: null })) return
      const known = await this.#locked(id)
      if (known?.status === 'confirmed') throw confirmed()
      if (known?.status !== 'tried') return
      await this.#set(id, 'cancelled')
      await work(JSON.parse(known.data) as Data)
    })
  }

  /** Gives back what has expired; gives how many. Each in a transaction of its own. */
  async expire<Data>(work: (data: Data) => Promise<void>): Promise<number> {
    const rows = await this.#db.query
      .selectFrom('genever_reservation')
      .select('id')
      .where('status', '=', 'tried')
      .where('expires_ms', '>', 0)
      .where('expires_ms', '<', databaseNow(this.#db.dialect))
      .limit(100)
      .execute()
    for (const { id } of rows) await this.cancel(id, work)
    return rows.length
  }

  async #locked(id: string): Promise<{ status: ReservationStatus; data: string } | undefined> {
    const lock = this.#db.dialect === 'sqlite' ? sql`` : sql`for update`
    const { rows } = await sql<Tables['genever_reservation']>`
      select status, data from genever_reservation where id = ${id} ${lock}`.execute(this.#db.query)
    return rows[0]
  }

  /** False if it is there: whoever came first at the same time has ended by then. */
  async #insert(
    id: string,
    { status, data, expiresMs }: { status: ReservationStatus; data: unknown; expiresMs?: number | undefined },
  ): Promise<boolean> {
    const expires =
      expiresMs === undefined ? sql`0` : sql`${databaseNow(this.#db.dialect)} + ${sql.lit(Math.trunc(expiresMs))}`
    return await insertIgnoring(this.#db, 'genever_reservation', {
      id,
      status,
      data: JSON.stringify(data ?? null),
      expires_ms: expires,
    })
  }

  async #set(id: string, status: ReservationStatus): Promise<void> {
    await this.#db.query.updateTable('genever_reservation').set({ status }).where('id', '=', id).execute()
  }
}

function cancelled(): ServiceError {
  return new ServiceError('RESERVATION_CANCELLED', 'This reservation was cancelled, or has expired.', { status: 409 })
}

function confirmed(): ServiceError {
  return new ServiceError(
    'RESERVATION_CONFIRMED',
    'This reservation was confirmed, and cannot be cancelled any more.',
    { status: 409 },
  )
}

function notFound(): ServiceError {
  return new ServiceError('RESERVATION_NOT_FOUND', 'There is no reservation with this id to confirm.', { status: 404 })
}
