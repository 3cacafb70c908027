/**
 * How many messages a second go all the way: appended in a transaction with a row, relayed, handled once by an inbox. One process does all of it.
 *
 *   node benchmarks/outbox/throughput.ts sqlite│redis [messages]
 *
 * `sqlite`: database and broker; `redis`: PostgreSQL with `fsync`, and Redis as the broker.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { z } from 'zod'
import { startPostgres } from '../../scripts/systems/postgres.ts'
import { startRedis } from '../../scripts/systems/redis.ts'
import { createDatabase } from '../../src/database/create-database.ts'
import { createMessaging } from '../../src/messaging/create-messaging.ts'
import { defineEvent } from '../../src/messaging/event.ts'
import { Inbox } from '../../src/outbox/inbox.ts'
import { Outbox } from '../../src/outbox/outbox.ts'
import { Relay } from '../../src/outbox/relay.ts'

const which = process.argv[2] ?? 'sqlite'
const messages = Number(process.argv[3] ?? 10_000)
const folder = mkdtempSync(join(tmpdir(), 'genever-bench-'))
const broker = which === 'redis' ? await startRedis() : undefined
const postgres = broker === undefined ? undefined : await startPostgres({ settings: { fsync: 'on' } })

const database = createDatabase({ url: postgres?.url ?? `sqlite:${join(folder, 'data.db')}`, pool: { max: 20 } })
const inbox = new Inbox({ database })
const messaging = createMessaging({
  url: broker?.url ?? `sqlite:${join(folder, 'events.db')}`,
  source: 'bench',
  layers: [inbox.layer],
})
const outbox = new Outbox({ database, messaging })
const relay = new Relay({ database, messaging, outbox })
const happened = defineEvent('it.happened', {
  data: z.object({ n: z.int() }),
  key: ({ n }) => String(n % 1_000),
})
await database.start()
await sql.raw('create table work (n integer primary key)').execute(database.query)

let handled = 0
// Nothing else holds a process that only waits for messages.
const holding = setInterval(() => undefined, 1_000)
const all = Promise.withResolvers<void>()
messaging.subscribe(happened, { group: 'bench', batch: { size: 100 } }, (events) => {
  handled += events.length
  if (handled >= messages) all.resolve()
})
await messaging.start()
relay.start()

const startedMs = performance.now()
let next = 0
const produce = async (): Promise<void> => {
  while (next < messages) {
    const from = next
    next = Math.min(messages, next + 10)
    // A change that tells of ten things.
    await database.transaction(async () => {
      await sql`insert into work (n) values (${from})`.execute(database.query)
      for (let n = from; n < Math.min(messages, from + 10); n++) await outbox.publish(happened, { n })
    })
  }
}
await Promise.all(Array.from({ length: 8 }, produce))
const producedMs = performance.now() - startedMs
await all.promise
const tookMs = performance.now() - startedMs
console.log(
  `${which}: ${Math.round((messages / tookMs) * 1_000)} messages/s end to end, appended at ${Math.round((messages / producedMs) * 1_000)}/s`,
)
clearInterval(holding)
await relay.stop()
await messaging.drain(AbortSignal.timeout(2_000))
await messaging.stop()
await database.stop()
await broker?.stop()
await postgres?.stop()
rmSync(folder, { recursive: true })
