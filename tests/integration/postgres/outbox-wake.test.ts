/** A relay is woken by what another process commits: PostgreSQL notifies it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import { createMessaging } from '../../../src/messaging/create-messaging.ts'
import { defineEvent } from '../../../src/messaging/event.ts'
import { Outbox } from '../../../src/outbox/outbox.ts'
import { Relay } from '../../../src/outbox/relay.ts'

const happened = defineEvent('it.happened', { data: z.object({ n: z.int() }) })
/** So seldom that what is published before was not found by it. */
const pollMs = 600_000

describe('a relay on PostgreSQL', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  it('publishes at once what another process appends, also after its line was cut', async () => {
    const [here, there] = [createDatabase({ url: server.url }), createDatabase({ url: server.url })]
    await here.start()
    const messaging = createMessaging({ url: 'sqlite::memory:', source: 'test' })
    const arrived = new Map<number, PromiseWithResolvers<number>>()
    const arrival = (n: number): PromiseWithResolvers<number> => {
      const known = arrived.get(n) ?? Promise.withResolvers<number>()
      arrived.set(n, known)
      return known
    }
    messaging.subscribe(happened, ({ data }) => arrival(data.n).resolve(performance.now()))
    await messaging.start()
    const relay = new Relay({ database: here, messaging, pollMs })
    relay.start()
    const outbox = new Outbox({ database: there, messaging })
    const publish = (n: number): Promise<string> => there.transaction(() => outbox.publish(happened, { n }))
    try {
      // The line is up when the first one came.
      await publish(0)
      await arrival(0).promise
      const tookMs: number[] = []
      for (let n = 1; n <= 20; n++) {
        await publish(n)
        const committedMs = performance.now()
        tookMs.push((await arrival(n).promise) - committedMs)
      }
      assert.ok(Math.max(...tookMs) < 5_000, `they took ${tookMs.map(Math.round)} ms`)
      await server.kill()
      await server.restart()
      await assert.doesNotReject(async () => {
        for (let attempt = 0; ; attempt++) {
          try {
            await publish(21)
            return
          } catch (error) {
            if (attempt > 50) throw error
            await new Promise((resolve) => setTimeout(resolve, 100))
          }
        }
      })
      await arrival(21).promise
    } finally {
      await relay.stop()
      await messaging.drain(AbortSignal.timeout(2_000))
      await messaging.stop()
      await Promise.all([here.stop(), there.stop()])
    }
  })
})
