/** Fastify with its plugin against overload: it refuses while the event loop is late or never idle. */
import { setTimeout as sleep } from 'node:timers/promises'
import underPressure from '@fastify/under-pressure'
import Fastify from 'fastify'

const { burnFor } = await import(process.env.BURN)
const waitMs = Number(process.env.WAIT_MS ?? 0)
const burn = burnFor(Number(process.env.WORK_MS ?? 5))

const app = Fastify()
// Off by default; a tenth of its clients' patience. Its other measure, utilization, refuses a server that is merely busy.
await app.register(underPressure, { maxEventLoopDelay: 100, retryAfter: 1 })

const work = async () => {
  if (waitMs > 0) await sleep(waitMs)
  else burn()
  return { done: true }
}
app.get('/ping', async () => ({ message: 'pong' }))
app.get('/work', work)
app.get('/vip', work)

process.once('SIGTERM', () => process.exit(0))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
