/** Locks and fences on a real PostgreSQL: alone, restarted, cut off. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createLocks, createPostgresFences, fencePostgres, postgresLockStore } from 'genever/lock'
import { Pool } from 'pg'
import { type PostgresSystem, postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { fenceContract } from '../../../src/lock/fence.contract.ts'
import { lockStoreContract } from '../../../src/lock/lock-store.contract.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('locks on PostgreSQL', { skip: postgresMissing }, () => {
  let server: PostgresSystem
  let pool: Pool
  let tables = 0
  before(async () => {
    server = await startPostgres()
    pool = new Pool({ connectionString: server.url, max: 10 })
    pool.on('error', () => undefined)
    await createPostgresFences(pool)
    await pool.query('CREATE TABLE notes (name text PRIMARY KEY, value text)')
  })
  after(async () => {
    await pool.end()
    await server.stop()
  })

  lockStoreContract(
    'PostgreSQL',
    async () => {
      const table = `locks_${tables++}`
      const other = postgresLockStore({ url: server.url, table })
      return { store: postgresLockStore({ client: pool, table }), other, advance: pause, close: () => other.close() }
    },
    400,
  )

  fenceContract('PostgreSQL', () => ({
    async write(claim, value) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await client.query(
          'INSERT INTO notes VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
          [claim.resource, value],
        )
        await fencePostgres(client, claim)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
    async read(resource) {
      return (await pool.query('SELECT value FROM notes WHERE name = $1', [resource])).rows[0]?.value as string
    },
  }))

  it('makes a later holder’s write wait for one under way, and refuses the earlier one behind it', async () => {
    const [early, late] = [await pool.connect(), await pool.connect()]
    await late.query('BEGIN')
    await fencePostgres(late, { resource: 'w', token: 2 })
    await early.query('BEGIN')
    const waiting = fencePostgres(early, { resource: 'w', token: 1 }).then(
      () => 'passed',
      (error: { code: string }) => error.code,
    )
    assert.equal(await Promise.race([waiting, pause(100).then(() => 'waits')]), 'waits')
    await late.query('COMMIT')
    assert.equal(await waiting, 'STALE_TOKEN')
    await early.query('ROLLBACK')
    early.release()
    late.release()
  })

  it('knows its locks and tokens after a kill', async () => {
    const store = postgresLockStore({ url: server.url })
    const locks = createLocks({ store, leaseMs: 30_000 })
    const held = await locks.acquire('k')
    await server.kill()
    await server.restart()
    await held.renew().catch(() => held.renew())
    assert.equal(held.isHeld, true)
    assert.equal(await locks.tryAcquire('k'), undefined)
    await held.release()
    const next = await locks.acquire('k')
    assert.ok(next.token > held.token)
    await locks.stop()
    await store.close()
  })

  it('fails within its time when the server is silent, and works when it is heard again', async () => {
    await using proxy = await startFaultProxy({ port: server.port })
    const store = postgresLockStore({ url: server.url.replace(String(server.port), String(proxy.port)) })
    const locks = createLocks({ store, leaseMs: 10_000 })
    await (await locks.acquire('s')).release()
    proxy.silence()
    const startedMs = performance.now()
    await assert.rejects(locks.acquire('s', { waitMs: 500 }), { code: 'LOCK_STORE_FAILED', status: 503 })
    assert.ok(performance.now() - startedMs < 3_500)
    proxy.cut()
    proxy.heal()
    const healedMs = performance.now()
    await (await locks.acquire('s', { waitMs: 15_000 })).release()
    console.log(`back ${Math.round(performance.now() - healedMs)} ms after it was heard`)
    await store.close()
  })
})
