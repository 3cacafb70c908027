/** One transaction over PostgreSQL and MariaDB: all or nothing, whatever dies in between. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { type MariadbSystem, mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import type { Database } from '../../../src/database/database.ts'
import { messageId } from '../../../src/messaging/message-id.ts'
import { TwoPhaseCoordinator, type TwoPhaseOptions } from '../../../src/transaction/two-phase/coordinator.ts'

class Killed extends Error {}

describe('a transaction over PostgreSQL and MariaDB', { skip: postgresMissing || mariadbMissing }, () => {
  let postgres: PostgresSystem
  let mariadb: MariadbSystem
  let orders: Database
  let stock: Database
  before(async () => {
    ;[postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
    orders = createDatabase({ url: postgres.url })
    stock = createDatabase({ url: mariadb.url })
    for (const db of [orders, stock]) {
      await sql.raw('create table account (id integer primary key, n integer not null)').execute(db.query)
      await sql.raw('insert into account values (1, 100)').execute(db.query)
    }
  })
  after(async () => {
    await Promise.all([orders?.stop(), stock?.stop()])
    await Promise.all([postgres?.stop(), mariadb?.stop()])
  })
  beforeEach(async () => {
    for (const db of [orders, stock]) await sql.raw('update account set n = 100').execute(db.query)
  })

  const coordinator = async (
    options: Partial<TwoPhaseOptions<'orders' | 'stock'>> = {},
  ): Promise<TwoPhaseCoordinator> => {
    const made = new TwoPhaseCoordinator({ log: orders, databases: { orders, stock }, ...options })
    await made.start()
    return made
  }
  const move = async (): Promise<void> => {
    await sql.raw('update account set n = n - 30').execute(orders.query)
    await sql.raw('update account set n = n + 30').execute(stock.query)
  }
  const sums = async (): Promise<number[]> =>
    await Promise.all(
      [orders, stock].map(async (db) => {
        const { rows } = await sql<{ n: number }>`select n from account`.execute(db.query)
        return Number(rows[0]?.n)
      }),
    )
  const inDoubt = async (): Promise<number> =>
    (await orders.branchesInDoubt()).length + (await stock.branchesInDoubt()).length

  it('commits both', async () => {
    const twoPhase = await coordinator()
    await twoPhase.run(move)
    assert.deepEqual(await sums(), [70, 130])
    assert.equal(await inDoubt(), 0)
    twoPhase.stop()
  })

  it('rolls both back when the work fails, or one cannot prepare', async () => {
    const twoPhase = await coordinator()
    await assert.rejects(
      twoPhase.run(async () => {
        await move()
        throw new Error('no')
      }),
      /no/,
    )
    assert.deepEqual(await sums(), [100, 100])
    assert.equal(await inDoubt(), 0)
    twoPhase.stop()
  })

  const points: { point: string; database?: string; ends: number[]; why: string }[] = [
    { point: 'logged', ends: [100, 100], why: 'before anything is begun' },
    { point: 'worked', ends: [100, 100], why: 'before the first is prepared' },
    { point: 'prepared', database: 'orders', ends: [100, 100], why: 'one is prepared' },
    { point: 'prepared', database: 'stock', ends: [100, 100], why: 'both are prepared and nothing is decided' },
    { point: 'decided', ends: [70, 130], why: 'it is decided and nothing is committed' },
    { point: 'committed', database: 'orders', ends: [70, 130], why: 'one is committed' },
    { point: 'committed', database: 'stock', ends: [70, 130], why: 'both are committed and the log does not know' },
  ]
  for (const { point, database, ends, why } of points) {
    it(`ends everywhere alike after a process that died when ${why}`, async () => {
      // What a dead process leaves: its connections are gone, and it says and does nothing more.
      const [ownOrders, ownStock] = [createDatabase({ url: postgres.url }), createDatabase({ url: mariadb.url })]
      const doomed = new TwoPhaseCoordinator({
        log: orders,
        databases: { orders: ownOrders, stock: ownStock },
        leaseMs: 1,
        onBoundary(boundary) {
          if (boundary.point !== point || boundary.database !== database) return
          throw new Killed()
        },
      })
      const killed = doomed.run(async () => {
        await sql.raw('update account set n = n - 30').execute(ownOrders.query)
        await sql.raw('update account set n = n + 30').execute(ownStock.query)
      })
      await assert.rejects(killed)
      const gone = AbortSignal.abort()
      await Promise.all([ownOrders.stop(gone), ownStock.stop(gone)])
      const survivor = await coordinator({ leaseMs: 1 })
      const startedMs = performance.now()
      while ((await inDoubt()) > 0 || JSON.stringify(await sums()) !== JSON.stringify(ends)) {
        await survivor.recover()
        assert.ok(performance.now() - startedMs < 10_000, `still ${await sums()}, ${await inDoubt()} in doubt`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      survivor.stop()
    })
  }

  it('rolls back what a late process prepared of a transaction that was given up, and nothing of others', async () => {
    const survivor = await coordinator()
    const { rows } = await sql<{ name: string }>`select name from genever_two_phase_log`.execute(orders.query)
    const gids = [`${messageId(Date.now())}:${rows[0]?.name}:stock`, `${messageId(Date.now())}:not-ours:stock`]
    for (const [index, gid] of gids.entries()) {
      const branch = await stock.branch(gid)
      await branch.run(async () => void (await sql`insert into account values (${10 + index}, 0)`.execute(stock.query)))
      await branch.prepare()
      await branch.detach()
    }
    await until(async () => {
      await survivor.recover()
      return (await stock.branchesInDoubt()).length === 1
    })
    assert.deepEqual(await stock.branchesInDoubt(), [gids[1]])
    await stock.settleBranch(gids[1] ?? '', false)
    survivor.stop()
  })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  const startedMs = performance.now()
  while (!(await holds())) {
    assert.ok(performance.now() - startedMs < 10_000, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
