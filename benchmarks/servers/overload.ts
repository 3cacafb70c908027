/**
 * A service whose requests cost something, with its protections as they come: what the overload campaign loads.
 *
 *   GET /work   waits for WAIT_MS (default 0), then holds the CPU for WORK_MS (default 5)
 *   GET /vip    the same, at high priority
 *
 *   PORT        where it listens on 127.0.0.1
 *   ENGINE      sockets, native or libc
 *   SHEDDING    off: without the door, for comparison
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createService } from 'genever'
import { burnFor } from '../overload/burn.ts'

const waitMs = Number(process.env.WAIT_MS ?? 0)
const burn = burnFor(Number(process.env.WORK_MS ?? 5))

const service = createService({
  name: 'overload',
  shutdown: { unreadyMs: 0 },
  ...(process.env.SHEDDING === 'off' && { shedding: false as const }),
})
const app = service.http

/** First the time without the CPU, as for a database, then what is computed of its answer. */
async function waitAndWork() {
  await sleep(waitMs)
  return work()
}

function work() {
  burn()
  return { done: true }
}

app.get('/ping', () => ({ message: 'pong' }))
app.get('/work', waitMs > 0 ? waitAndWork : work)
app.get('/vip', { priority: 'high' }, waitMs > 0 ? waitAndWork : work)

await service.run({ mode: 'production', host: '127.0.0.1', adminHost: '127.0.0.1', adminPort: 0 })
