/**
 * A process that runs sagas until it ends itself at one boundary, as a crash would (`kill`), or is stopped there beyond its lease (`stop`).
 *
 *   node worker.ts URL SAGA step:direction:point kill|stop|none [naive]
 */
import { createDatabase } from '../../../src/database/create-database.ts'
import { SagaCoordinator } from '../../../src/transaction/saga/coordinator.ts'
import { type SagaName, sagasUnderTest } from './sagas.ts'

const [url = '', name = '', crashAt, how, naive] = process.argv.slice(2)
const db = createDatabase({ url, idleTransactionMs: 1_000 })
let isDue = how !== 'none'
const sagas = new SagaCoordinator({
  database: db,
  sagas: [sagasUnderTest[name as SagaName].make(db, naive === 'naive')],
  leaseMs: 400,
  pollMs: 30,
  onBoundary({ step, direction, point }) {
    if (!isDue || `${step}:${direction}:${point}` !== crashAt) return
    isDue = false
    console.log('here')
    // Both end this process where it stands: nothing below runs before it goes on.
    process.kill(process.pid, how === 'stop' ? 'SIGSTOP' : 'SIGKILL')
  },
})
await sagas.start()
console.log('ready')
