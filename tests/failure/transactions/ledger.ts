/**
 * The other side of the saga's steps: accounts whose sum never changes, as a service would keep them.
 *
 * An effect is `n = n + x`, without anything unique about the account, so that one made twice shows. A service that can be called again
 * keeps the keys that it has seen, and the largest token, in the transaction of the effect. Without the keys (`isNaive`) the campaign
 * must find doubles, or it could not find any.
 */
import { sql } from 'kysely'
import type { Database } from '../../../src/database/database.ts'
import { ServiceError } from '../../../src/foundation/errors/service-error.ts'

export const accounts = ['stock', 'reserved', 'shipped', 'customer', 'merchant', 'booked', 'unbooked'] as const
export type Account = (typeof accounts)[number]
export type Balances = Readonly<Record<Account, number>>

export interface Transfer {
  readonly from: Account
  readonly to: Account
  readonly amount: number
}

export interface EffectFacts {
  readonly sagaId: string
  readonly key: string
  readonly token: number
  readonly isNaive: boolean
}

export async function createLedger(db: Database): Promise<void> {
  for (const statement of [
    'create table if not exists account (name varchar(20) primary key, n integer not null)',
    'create table if not exists effect_key (name varchar(200) primary key)',
    'create table if not exists effect_token (saga varchar(100) primary key, token integer not null)',
  ]) {
    await sql.raw(statement).execute(db.query)
  }
}

export async function resetLedger(db: Database): Promise<void> {
  await db.transaction(async () => {
    for (const table of ['account', 'effect_key', 'effect_token'])
      await sql.raw(`delete from ${table}`).execute(db.query)
    for (const name of accounts) await sql`insert into account values (${name}, 0)`.execute(db.query)
  })
}

export async function balances(db: Database): Promise<Balances> {
  const { rows } = await sql<{ name: Account; n: number }>`select name, n from account`.execute(db.query)
  return Object.fromEntries(rows.map(({ name, n }) => [name, Number(n)])) as Balances
}

/** Makes it once for its key, and never for a writer whose saga another one has taken over. */
export async function makeEffect(db: Database, transfer: Transfer, facts: EffectFacts): Promise<void> {
  await db.transaction(async () => {
    if (!facts.isNaive) {
      await requireNewestToken(db, facts)
      if (!(await remember(db, facts.key))) return
    }
    await move(db, transfer)
  })
}

/** Undoes what was done under `runKey`; what was not is kept from being done later. */
export async function undoEffect(
  db: Database,
  transfer: Transfer,
  facts: EffectFacts & { readonly runKey: string },
): Promise<void> {
  await db.transaction(async () => {
    if (!facts.isNaive) {
      await requireNewestToken(db, facts)
      if (!(await remember(db, facts.key))) return
      if (await remember(db, facts.runKey)) return
    }
    await move(db, { from: transfer.to, to: transfer.from, amount: transfer.amount })
  })
}

export async function move(db: Database, { from, to, amount }: Transfer): Promise<void> {
  await sql`update account set n = n - ${amount} where name = ${from}`.execute(db.query)
  await sql`update account set n = n + ${amount} where name = ${to}`.execute(db.query)
}

async function remember(db: Database, key: string): Promise<boolean> {
  const { rows } = await sql`select name from effect_key where name = ${key}`.execute(db.query)
  if (rows.length > 0) return false
  await sql`insert into effect_key values (${key})`.execute(db.query)
  return true
}

async function requireNewestToken(db: Database, { sagaId, token }: EffectFacts): Promise<void> {
  const lock = db.dialect === 'sqlite' ? sql`` : sql`for update`
  const { rows } = await sql<{ token: number }>`select token from effect_token where saga = ${sagaId} ${lock}`.execute(
    db.query,
  )
  const [known] = rows
  if (known === undefined) await sql`insert into effect_token values (${sagaId}, ${token})`.execute(db.query)
  else if (Number(known.token) > token)
    throw new ServiceError('STALE_TOKEN', 'Another process has taken this saga over.', { status: 409 })
  else await sql`update effect_token set token = ${token} where saga = ${sagaId}`.execute(db.query)
}
