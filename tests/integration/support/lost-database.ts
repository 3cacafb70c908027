/** What a database does when its server is cut off, silent, gone and back: the same for every server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import type { System } from '../../../scripts/systems/server-process.ts'
import { createDatabase } from '../../../src/database/create-database.ts'
import type { Database } from '../../../src/database/database.ts'
import { Context, currentContext } from '../../../src/foundation/context/context.ts'
import { ServiceError } from '../../../src/foundation/errors/service-error.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'

export interface LostDatabaseOptions {
  readonly name: string
  readonly start: () => Promise<System & { readonly url: string }>
  /** A statement that takes that many seconds at the server. */
  readonly sleep: (seconds: number) => string
}

export function describeLostDatabase({ name, start, sleep }: LostDatabaseOptions): void {
  describe(`${name}, when the way to it is lost`, () => {
    let server: System & { readonly url: string }
    let proxy: FaultProxy
    let db: Database
    before(async () => {
      server = await start()
      proxy = new FaultProxy({ port: server.port })
      await proxy.start()
      db = createDatabase({ url: server.url.replace(`:${server.port}`, `:${proxy.port}`), pool: { max: 3 } })
      await sql.raw('create table kept (id integer primary key)').execute(db.query)
    })
    after(async () => {
      await db.stop()
      await proxy.stop()
      await server.stop()
    })

    const ask = (text: string, timeoutMs?: number): Promise<unknown> => {
      const context = new Context({ parent: currentContext(), timeoutMs })
      return context.run(() => sql.raw(text).execute(db.query)).finally(() => context.finish())
    }
    const rows = async (): Promise<number> => {
      const { rows: found } = await sql<{ id: number }>`select id from kept`.execute(db.query)
      return found.length
    }

    it('fails what runs when the connection is cut, and serves the next query', async () => {
      const running = ask(sleep(30))
      await reached(() => db.connections.used === 1 && proxy.connections > 0)
      proxy.cut()
      await assert.rejects(running, { code: 'DATABASE_UNAVAILABLE', status: 503, retryable: true })
      await ask('select 1')
    })

    it('takes a transaction back that was cut, and never commits half of it', async () => {
      const cut = db.transaction(async () => {
        await ask('insert into kept values (1)')
        proxy.cut()
        await ask('insert into kept values (2)')
      })
      await assert.rejects(cut, { code: 'DATABASE_UNAVAILABLE' })
      await reached(async () => (await rows()) === 0)
    })

    it('does not take a kept connection that was cut meanwhile for a good one more than once', async () => {
      await Promise.all([ask('select 1'), ask('select 1'), ask('select 1')])
      proxy.cut()
      await reached(() => proxy.connections === 0)
      const codes = await Promise.all([1, 2, 3].map(() => ask('select 1').then(() => 'ok', codeOf)))
      assert.ok(
        codes.every((code) => code === 'ok' || code === 'DATABASE_UNAVAILABLE'),
        codes.join(),
      )
      await ask('select 1')
    })

    it('keeps the deadline of a query to a server that says nothing, and serves again when it speaks', async () => {
      await ask('select 1')
      proxy.silence()
      const startedMs = performance.now()
      await assert.rejects(ask('select 1', 200), { code: 'DEADLINE_EXCEEDED' })
      assert.ok(performance.now() - startedMs < 2_500, 'the caller waited much longer than it wanted to')
      proxy.heal()
      await ask('select 1', 5_000)
      assert.equal(db.connections.used, 0)
    })

    it('stops a statement at the server when its caller gives up, and uses the connection again', async () => {
      await ask('select 1')
      const accepted = proxy.accepted
      const context = new Context()
      const running = context.run(() => sql.raw(sleep(30)).execute(db.query))
      await reached(() => db.connections.used === 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
      const startedMs = performance.now()
      context.cancel()
      await assert.rejects(running, { code: 'CANCELLED' })
      assert.ok(
        performance.now() - startedMs < 900,
        'it took the grace time, so the server was not asked or did not stop',
      )
      await ask('select 1')
      assert.ok(proxy.accepted <= accepted + 1, 'one connection asks for the stop, and no other is made')
    })

    it('frees the locks of a transaction whose process says nothing any more', async () => {
      const silent = createDatabase({ url: server.url, idleTransactionMs: 1_000 })
      const [written, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const asleep = silent.transaction(async () => {
        await sql.raw('insert into kept values (7)').execute(silent.query)
        written.resolve()
        await woken.promise
        await sql.raw('insert into kept values (8)').execute(silent.query)
      })
      await written.promise
      // The same row: it waits for the lock of the other one.
      await ask('insert into kept values (7)', 5_000)
      woken.resolve()
      await assert.rejects(asleep, { code: 'DATABASE_UNAVAILABLE' })
      await ask('delete from kept')
      await silent.stop()
    })

    it('fails fast while the server is gone, and is back within a second of it', async () => {
      await server.kill()
      for (let call = 0; call < 5; call++) {
        const startedMs = performance.now()
        await assert.rejects(ask('select 1'), { code: 'DATABASE_UNAVAILABLE' })
        assert.ok(performance.now() - startedMs < 1_000)
      }
      assert.equal((await db.health()).status, 'DOWN')
      await server.restart()
      const backMs = await reached(() =>
        ask('select 1').then(
          () => true,
          () => false,
        ),
      )
      assert.ok(backMs < 1_000, `back after ${backMs} ms`)
      assert.equal((await db.health()).status, 'UP')
    })
  })
}

function codeOf(error: unknown): string {
  return error instanceof ServiceError ? error.code : String(error)
}

/** Resolves when it holds; gives how long that took. */
async function reached(condition: () => boolean | Promise<boolean>): Promise<number> {
  const startedMs = performance.now()
  while (!(await condition())) {
    assert.ok(performance.now() - startedMs < 10_000, 'it never came to hold')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - startedMs
}
