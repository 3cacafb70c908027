/**
 * Two-phase commit in the campaign: its process dies, or sleeps beyond its lease, at every boundary.
 *
 *   worker ─ at the boundary: SIGKILL │ SIGSTOP ─▶ recovery elsewhere ─▶ (SIGCONT) ─▶ recovery ─▶ both databases: alike? nothing in doubt?
 */
import { sql } from 'kysely'
import { createDatabase } from '../../../src/database/create-database.ts'
import type { Database } from '../../../src/database/database.ts'
import { TwoPhaseCoordinator } from '../../../src/transaction/two-phase/coordinator.ts'
import { startWorker } from './start-worker.ts'

export const leaseMs = 300

/** What both hold in the end if the process ended there: nothing was moved, or all. */
const nothing = [100, 100]
const all = [70, 130]
const boundaries: readonly { readonly at: string; readonly ends: readonly number[] }[] = [
  { at: 'logged', ends: nothing },
  { at: 'worked', ends: nothing },
  { at: 'prepared:orders', ends: nothing },
  { at: 'prepared:stock', ends: nothing },
  { at: 'decided', ends: all },
  { at: 'committed:orders', ends: all },
  { at: 'committed:stock', ends: all },
  { at: 'forgotten', ends: all },
]

export interface TwoPhaseResult {
  readonly points: number
  readonly wrong: readonly string[]
  readonly stuck: readonly string[]
  readonly longestMs: number
}

export interface TwoPhaseCampaign {
  readonly postgresUrl: string
  readonly mariadbUrl: string
  /** Two transactions, one after the other: shows that the campaign sees a half. */
  readonly isNaive?: boolean
}

export async function runTwoPhaseCampaign({
  postgresUrl,
  mariadbUrl,
  isNaive = false,
}: TwoPhaseCampaign): Promise<TwoPhaseResult> {
  const databases = { orders: createDatabase({ url: postgresUrl }), stock: createDatabase({ url: mariadbUrl }) }
  for (const db of Object.values(databases))
    await sql.raw('create table if not exists account (n integer not null)').execute(db.query)
  const outside = new TwoPhaseCoordinator({ log: databases.orders, databases, leaseMs, recoverEveryMs: 50 })
  await outside.start()
  const result = { points: 0, wrong: [] as string[], stuck: [] as string[], longestMs: 0 }
  for (const { at, ends } of isNaive ? boundaries.slice(1, 2) : boundaries) {
    for (const how of ['kill', 'stop'] as const) {
      for (const db of Object.values(databases)) await reset(db)
      const doomed = startWorker('two-phase-worker.ts', [
        postgresUrl,
        mariadbUrl,
        at,
        how,
        ...(isNaive ? ['naive'] : []),
      ])
      await doomed.reached
      if (how === 'stop') {
        await pause(2 * leaseMs)
        doomed.child.kill('SIGCONT')
      }
      await doomed.exited
      const startedMs = performance.now()
      const isOver = await until(async () => (await inDoubt(databases)) === 0)
      result.points++
      result.longestMs = Math.max(result.longestMs, performance.now() - startedMs)
      const now = await Promise.all(Object.values(databases).map(balance))
      if (!isOver) result.stuck.push(`${at} ${how}`)
      else if (now.join() !== (isNaive && how === 'stop' ? all : ends).join()) result.wrong.push(`${at} ${how}: ${now}`)
    }
  }
  outside.stop()
  await Promise.all(Object.values(databases).map((db) => db.stop()))
  return result
}

/** Prepared branches, and what the log has not forgotten. */
async function inDoubt({ orders, stock }: { readonly orders: Database; readonly stock: Database }): Promise<number> {
  const { rows } = await sql<{ n: unknown }>`select count(*) as n from genever_two_phase`.execute(orders.query)
  return Number(rows[0]?.n) + (await orders.branchesInDoubt()).length + (await stock.branchesInDoubt()).length
}

async function reset(db: Database): Promise<void> {
  await sql.raw('delete from account').execute(db.query)
  await sql.raw('insert into account values (100)').execute(db.query)
}

async function balance(db: Database): Promise<number> {
  const { rows } = await sql<{ n: number }>`select n from account`.execute(db.query)
  return Number(rows[0]?.n)
}

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const startedMs = performance.now()
  while (!(await holds())) {
    if (performance.now() - startedMs > 15_000) return false
    await pause(20)
  }
  return true
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
