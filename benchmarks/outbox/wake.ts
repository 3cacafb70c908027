/**
 * How soon a relay publishes what another process commits on PostgreSQL: woken by its notification, and found by the poll alone.
 *
 *   node benchmarks/outbox/wake.ts     prints the milliseconds from commit to publish
 */

import { startPostgres } from '../../scripts/systems/postgres.ts'
import { createDatabase } from '../../src/database/create-database.ts'
import type { Broker } from '../../src/messaging/broker.ts'
import { Messaging } from '../../src/messaging/messaging.ts'
import { Outbox } from '../../src/outbox/outbox.ts'
import { Relay } from '../../src/outbox/relay.ts'

const messages = 200
const waiting = new Map<string, () => void>()

/** Only tells when it was published to. */
const broker: Broker = {
  name: 'sink',
  canDelay: false,
  start: async () => undefined,
  stop: async () => undefined,
  publish: async (taken) => {
    for (const { id } of taken) waiting.get(id)?.()
  },
  subscribe: () => Promise.reject(new Error('nobody subscribes here')),
  lag: async () => undefined,
  health: async () => ({ status: 'UP' }),
}

const server = await startPostgres({ settings: { fsync: 'on' } })
const [here, there] = [createDatabase({ url: server.url }), createDatabase({ url: server.url })]
await here.start()
const messaging = new Messaging({ broker, source: 'benchmark' })
const outbox = new Outbox({ database: there, messaging })

async function measure(isWoken: boolean): Promise<string> {
  const database = isWoken ? here : new Proxy(here, { get: (target, name) => pick(target, name) })
  const relay = new Relay({ database, messaging })
  relay.start()
  const tookMs: number[] = []
  for (let n = -20; n < messages; n++) {
    // Not in step with the poll.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
    const id = `${isWoken}-${n}`
    const published = new Promise<number>((resolve) => waiting.set(id, () => resolve(performance.now())))
    const message = { id, topic: 'benchmark', key: undefined, headers: {}, body: new Uint8Array(100) }
    await there.transaction(() => outbox.append([message]))
    const committedMs = performance.now()
    const ms = (await published) - committedMs
    if (n >= 0) tookMs.push(ms)
  }
  await relay.stop()
  tookMs.sort((a, b) => a - b)
  const at = (share: number): string => (tookMs[Math.floor(share * tookMs.length)] ?? 0).toFixed(1)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`
}

/** The same database, as one that cannot notify. */
function pick(target: typeof here, name: string | symbol): unknown {
  if (name === 'canListen') return false
  const value: unknown = Reflect.get(target, name, target)
  return typeof value === 'function' ? value.bind(target) : value
}

console.log(`poll alone: ${await measure(false)}`)
console.log(`woken:      ${await measure(true)}`)
await Promise.all([here.stop(), there.stop()])
await server.stop()
