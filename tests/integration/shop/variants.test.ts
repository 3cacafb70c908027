/**
 * The shop on real systems, chosen by configuration alone: an order that is placed and one that is refused, each to its end.
 *
 *   SHOP_DATABASE, SHOP_EVENTS ─▶ seven services ─▶ placed: points, a letter │ refused: stock as before, books at zero
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { client } from 'genever'
import type { ClientOf } from 'genever/api'
import { createDatabase } from 'genever/database'
import { sql } from 'kysely'
import { memberApi, publicApi } from '../../../examples/shop/gateway/api.ts'
import { createGateway } from '../../../examples/shop/gateway/service.ts'
import { TestShop, until } from '../../../examples/shop/kit/test-shop.ts'
import { paymentsApi } from '../../../examples/shop/payments/api.ts'
import { kafkaMissing, startKafka } from '../../../scripts/systems/kafka.ts'
import { mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { natsMissing, startNats } from '../../../scripts/systems/nats.ts'
import { postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { rabbitmqMissing, startRabbitmq } from '../../../scripts/systems/rabbitmq.ts'
import { redisMissing, startRedis } from '../../../scripts/systems/redis.ts'

interface Running {
  readonly url: string
  stop(): Promise<void>
}

interface Variant {
  readonly name: string
  readonly missing: string | false
  readonly database?: () => Promise<Running>
  readonly events?: () => Promise<Running>
}

const variants: readonly Variant[] = [
  { name: 'SQLite', missing: false },
  {
    name: 'PostgreSQL and Redis',
    missing: postgresMissing || redisMissing,
    database: startPostgres,
    events: () => startRedis({ persistent: true }),
  },
  { name: 'PostgreSQL and NATS', missing: postgresMissing || natsMissing, database: startPostgres, events: startNats },
  {
    name: 'PostgreSQL and Kafka',
    missing: postgresMissing || kafkaMissing,
    database: startPostgres,
    events: startKafka,
  },
  {
    name: 'MariaDB and RabbitMQ',
    missing: mariadbMissing || rabbitmqMissing,
    database: startMariadb,
    events: startRabbitmq,
  },
]

for (const { name, missing, database, events } of variants) {
  describe(`the shop on ${name}`, { skip: missing }, () => {
    const systems: Running[] = []
    let inside: TestShop
    let shop: ClientOf<typeof publicApi>
    let members: ClientOf<typeof memberApi>

    before(async () => {
      const config: { database?: string; events?: string } = {}
      if (database !== undefined) {
        const server = await database()
        systems.push(server)
        config.database = await databasesOn(server.url)
      }
      if (events !== undefined) {
        const server = await events()
        systems.push(server)
        config.events = server.url
      }
      inside = new TestShop(config)
      await inside.startAll()
      const { url } = await inside.startBare(createGateway(inside.resolver))
      shop = client(publicApi, { url })
      members = client(memberApi, { url })
    })
    after(async () => {
      await inside?.end()
      for (const system of systems) await system.stop()
    })

    const stockOf = async (sku: string): Promise<number> => (await shop.getProduct({ params: { sku } })).stock
    const signUp = async () => {
      const body = { name: 'Ada', email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery' }
      return { authorization: `Bearer ${(await shop.signUp({ body })).token}` }
    }

    it('places an order, gives points for it and tells of it', async () => {
      const headers = { ...(await signUp()), 'idempotency-key': 'one' }
      const before = await stockOf('gin-london-70')
      const body = { lines: [{ sku: 'gin-london-70', quantity: 2 }] }
      const order = await members.placeOrder({ headers, body })
      assert.equal(order.status, 'placed')
      assert.equal((await members.placeOrder({ headers, body })).id, order.id)
      assert.equal(await stockOf('gin-london-70'), before - 2)
      await until('points', async () => (await members.readPoints({ headers })).total === 49)
      const { items } = await until('a letter', async () => {
        const letters = await members.listNotifications({ headers })
        return letters.items.length > 0 && letters
      })
      assert.deepEqual(
        items.map(({ orderId }) => orderId),
        [order.id],
      )
    })

    it('undoes an order whose payment is refused', async () => {
      const headers = await signUp()
      const before = await stockOf('gin-barrel-50')
      const body = { lines: [{ sku: 'gin-barrel-50', quantity: 14 }] }
      await assert.rejects(members.placeOrder({ headers, body }), { code: 'PAYMENT_REFUSED', status: 402 })
      assert.equal(await stockOf('gin-barrel-50'), before)
      const { items } = await members.listOrders({ headers })
      assert.deepEqual(
        items.map(({ status, cancelled }) => [status, cancelled?.code]),
        [['cancelled', 'PAYMENT_REFUSED']],
      )
      const { sum, faults } = await client(paymentsApi, { url: inside.urlOf('payments') }).readLedger()
      assert.deepEqual({ sum, faults }, { sum: 0, faults: 0 })
      await until('a letter', async () => (await members.listNotifications({ headers })).items.length === 1)
    })
  })
}

/** A database for each service; gives the address of all. */
async function databasesOn(url: string): Promise<string> {
  const server = createDatabase({ url })
  for (const service of ['users', 'inventory', 'payments', 'points', 'notifications', 'orders']) {
    await sql`create database ${sql.ref(`shop_${service}`)}`.execute(server.query)
  }
  await server.stop()
  return url.replace(/\/[a-z]+$/, '/shop_{service}')
}
