/**
 * The transactions campaign: a process dies, or sleeps beyond its lease, at every boundary of every step, once each.
 *
 *   begin a saga ─▶ doomed worker ─ at the boundary: SIGKILL │ SIGSTOP ─▶ second worker ─▶ over? ─▶ (SIGCONT the first) ─▶ the ledger
 *
 * The ledger is read from outside: it must be that of a saga which is done, or that of one which never was.
 */
import { sql } from 'kysely'
import { createDatabase } from '../../../src/database/create-database.ts'
import type { Database } from '../../../src/database/database.ts'
import { SagaCoordinator } from '../../../src/transaction/saga/coordinator.ts'
import { reservationTables, sagaTables } from '../../../src/transaction/transaction-tables.ts'
import { balances, createLedger, resetLedger } from './ledger.ts'
import { type SagaName, sagasUnderTest } from './sagas.ts'
import { startWorker } from './start-worker.ts'

export interface SagaPoint {
  readonly saga: SagaName
  /** `step:direction:point` */
  readonly at: string
  readonly how: 'kill' | 'stop'
}

export interface CampaignResult {
  readonly points: number
  /** Where the ledger was that of neither end. */
  readonly wrong: readonly string[]
  /** Where the saga was not over in time. */
  readonly stuck: readonly string[]
  readonly done: number
  readonly compensated: number
  /** From the death to the end, in milliseconds. */
  readonly longestMs: number
}

/** Every boundary that there is. */
export function allPoints(): SagaPoint[] {
  return Object.entries(sagasUnderTest).flatMap(([saga, { boundaries }]) =>
    boundaries.flatMap((at) => (['kill', 'stop'] as const).map((how) => ({ saga: saga as SagaName, at, how }))),
  )
}

export interface SagaCampaignOptions {
  readonly url: string
  readonly points: readonly SagaPoint[]
  /** Steps that do not know a key again: shows that the campaign sees doubles. */
  readonly isNaive?: boolean
}

export async function runSagaCampaign({ url, points, isNaive = false }: SagaCampaignOptions): Promise<CampaignResult> {
  const db = createDatabase({ url })
  await createLedger(db)
  for (const tables of [reservationTables, sagaTables]) db.needs(tables)
  await db.start()
  const result = {
    points: points.length,
    wrong: [] as string[],
    stuck: [] as string[],
    done: 0,
    compensated: 0,
    longestMs: 0,
  }
  for (const point of points) {
    await resetLedger(db)
    const outcome = await runPoint(db, { url, point, isNaive })
    const place = `${point.saga} ${point.at} ${point.how}`
    if (outcome.status === undefined) result.stuck.push(place)
    else {
      result[outcome.status]++
      const now = await balances(db)
      if (JSON.stringify(sorted(now)) !== JSON.stringify(sorted(sagasUnderTest[point.saga].ends[outcome.status])))
        result.wrong.push(`${place}: ${JSON.stringify(now)}`)
    }
    result.longestMs = Math.max(result.longestMs, outcome.ms)
  }
  await db.stop()
  return result
}

interface PointRun {
  readonly url: string
  readonly point: SagaPoint
  readonly isNaive: boolean
}

async function runPoint(
  db: Database,
  { url, point, isNaive }: PointRun,
): Promise<{ status: 'done' | 'compensated' | undefined; ms: number }> {
  const saga = sagasUnderTest[point.saga].make(db, isNaive)
  const outside = new SagaCoordinator({ database: db, sagas: [saga], pollMs: 20 })
  await sql.raw('delete from genever_saga').execute(db.query)
  const id = await outside.begin(saga, { n: 1 })
  const words = isNaive ? ['naive'] : []
  const doomed = startWorker('worker.ts', [url, point.saga, point.at, point.how, ...words])
  await doomed.reached
  if (point.how === 'kill') await doomed.exited
  const startedMs = performance.now()
  const heir = startWorker('worker.ts', [url, point.saga, '-', 'none', ...words])
  let status = await over(outside, id, 20_000)
  const ms = performance.now() - startedMs
  if (point.how === 'stop') {
    // It wakes up in the middle of what it was doing, and must not have an effect any more.
    doomed.child.kill('SIGCONT')
    await new Promise((resolve) => setTimeout(resolve, 300))
    status = await over(outside, id, 1_000)
  }
  for (const { child, exited } of [doomed, heir]) {
    child.kill('SIGKILL')
    await exited
  }
  return { status, ms }
}

async function over(sagas: SagaCoordinator, id: string, limitMs: number): Promise<'done' | 'compensated' | undefined> {
  const startedMs = performance.now()
  while (performance.now() - startedMs < limitMs) {
    const status = (await sagas.find(id))?.status
    if (status === 'done' || status === 'compensated') return status
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return undefined
}

function sorted(record: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(record).sort(([a], [b]) => a.localeCompare(b))
}
