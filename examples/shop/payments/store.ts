/**
 * What payments keeps: a ledger with double entries, and what each customer owes.
 *
 *   authorise   customer:ADA  −24.90      cancel   customer:ADA  +24.90
 *               held          +24.90               held          −24.90
 *
 * Nothing is ever changed or removed in the ledger; what is taken back is entered once more, with the other sign. So its entries sum to zero
 * at any moment.
 */
import { ServiceError } from 'genever'
import { type Database, insertIgnoring } from 'genever/database'
import { Fences, Reservations } from 'genever/transaction'
import { euros, formatMoney } from '../kit/money.ts'
import type { Account, Authorisation, Ledger } from './api.ts'

export interface PaymentTables {
  ledger: { order_id: string; posting: 'hold' | 'give back'; account: string; cents: number; entered_ms: number }
  customers: { id: string; owed_cents: number }
}

export class PaymentStore {
  readonly #db: Database<PaymentTables>
  readonly #reservations: Reservations
  readonly #fences: Fences
  readonly #limitCents: number

  constructor(database: Database<PaymentTables>, limitCents: number) {
    this.#db = database
    this.#reservations = new Reservations({ database })
    this.#fences = new Fences({ database })
    this.#limitCents = limitCents
  }

  /**
   * Holds the money for an order. Asked again, nothing more happens.
   *
   * @throws ServiceError `PAYMENT_REFUSED` (402), `RESERVATION_CANCELLED` (409), `STALE_TOKEN` (409).
   */
  async authorise(payment: Authorisation, token: number): Promise<void> {
    await this.#db.transaction(async () => {
      await this.#fences.check({ resource: payment.orderId, token })
      await this.#reservations.try(payment.orderId, payment, async () => {
        await this.#owe(payment)
        await this.#enter(payment, 'hold')
      })
    })
  }

  async cancel(orderId: string, token: number): Promise<void> {
    await this.#db.transaction(async () => {
      await this.#fences.check({ resource: orderId, token })
      await this.#reservations.cancel<Authorisation>(orderId, async (payment) => {
        await this.#owe({ ...payment, amount: { ...payment.amount, amount: -payment.amount.amount } })
        await this.#enter(payment, 'give back')
      })
    })
  }

  async account(userId: string): Promise<Account> {
    const row = await this.#db.query.selectFrom('customers').selectAll().where('id', '=', userId).executeTakeFirst()
    return { userId, owed: euros(row?.owed_cents ?? 0), limit: euros(this.#limitCents) }
  }

  /** The books are added up, in one transaction: what happens meanwhile is in both sums or in none. */
  async ledger(): Promise<Ledger> {
    return await this.#db.transaction(
      async () => {
        const accounts = await this.#db.query
          .selectFrom('ledger')
          .select(({ fn }) => ['account', fn.sum('cents').as('cents'), fn.countAll().as('entries')])
          .groupBy('account')
          .execute()
        const customers = await this.#db.query.selectFrom('customers').selectAll().execute()
        const owed = new Map(accounts.map(({ account, cents }) => [account, -Number(cents)]))
        return {
          entries: accounts.reduce((sum, { entries }) => sum + Number(entries), 0),
          sum: accounts.reduce((sum, { cents }) => sum + Number(cents), 0),
          faults: customers.filter(({ id, owed_cents }) => (owed.get(accountOf(id)) ?? 0) !== owed_cents).length,
        }
      },
      { readOnly: true },
    )
  }

  /** One statement decides and acts, so that two orders cannot both use up the limit. */
  async #owe({ userId, amount }: Authorisation): Promise<void> {
    await insertIgnoring(this.#db, 'customers', { id: userId, owed_cents: 0 })
    const { numUpdatedRows } = await this.#db.query
      .updateTable('customers')
      .set((row) => ({ owed_cents: row('owed_cents', '+', amount.amount) }))
      .where('id', '=', userId)
      .where('owed_cents', '<=', this.#limitCents - amount.amount)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw refused(amount, await this.account(userId))
  }

  async #enter({ orderId, userId, amount }: Authorisation, posting: 'hold' | 'give back'): Promise<void> {
    const cents = posting === 'hold' ? amount.amount : -amount.amount
    const both = { order_id: orderId, posting, entered_ms: Date.now() }
    await this.#db.query
      .insertInto('ledger')
      .values([
        { ...both, account: accountOf(userId), cents: -cents },
        { ...both, account: 'held', cents },
      ])
      .execute()
  }
}

function accountOf(userId: string): string {
  return `customer:${userId}`
}

function refused(amount: Authorisation['amount'], { owed, limit }: Account): ServiceError {
  const problem = `${formatMoney(amount)} was refused: ${formatMoney(owed)} is owed already, and ${formatMoney(limit)} is the limit.`
  return new ServiceError('PAYMENT_REFUSED', problem, { status: 402 })
}
