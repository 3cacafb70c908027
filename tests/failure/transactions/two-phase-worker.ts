/**
 * A process that moves 30 from the one database to the other in one transaction, and ends or is stopped at one boundary.
 *
 *   node two-phase-worker.ts POSTGRES MARIADB point[:database] kill|stop [naive]
 */
import { sql } from 'kysely'
import { createDatabase } from '../../../src/database/create-database.ts'
import { TwoPhaseCoordinator } from '../../../src/transaction/two-phase/coordinator.ts'
import { leaseMs } from './two-phase.ts'

const [ordersUrl = '', stockUrl = '', crashAt, how, naive] = process.argv.slice(2)
const orders = createDatabase({ url: ordersUrl })
const stock = createDatabase({ url: stockUrl })

function reach(place: string): void {
  if (place !== crashAt) return
  console.log('here')
  process.kill(process.pid, how === 'stop' ? 'SIGSTOP' : 'SIGKILL')
}

async function move(): Promise<void> {
  await sql`update account set n = n - 30`.execute(orders.query)
  // Where each query is a transaction of its own, this is between them.
  if (naive === 'naive') reach('worked')
  await sql`update account set n = n + 30`.execute(stock.query)
}

if (naive === 'naive') await move()
else {
  const twoPhase = new TwoPhaseCoordinator({
    log: orders,
    databases: { orders, stock },
    leaseMs,
    recoverEveryMs: 60_000,
    onBoundary: ({ point, database }) => reach(database === undefined ? point : `${point}:${database}`),
  })
  await twoPhase.start()
  await twoPhase.run(move).catch(({ code }) => console.log(code))
  twoPhase.stop()
}
await Promise.all([orders.stop(), stock.stop()])
