import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context, currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { openSql } from '../platform/sql.ts'
import { prometheusText } from '../telemetry/exporters/prometheus.ts'
import { Registry } from '../telemetry/registry.ts'
import { fenceContract } from './fence.contract.ts'
import { MemoryFence } from './fences/memory.ts'
import { fenceSqlite } from './fences/sqlite.ts'
import { lockStoreContract } from './lock-store.contract.ts'
import type { LockStore } from './lock-store.ts'
import { createLocks } from './locks.ts'
import { memoryLockStore } from './stores/memory.ts'
import { sqliteLockStore } from './stores/sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-lock-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

lockStoreContract(
  'memory',
  async () => {
    const clock = new ManualClock()
    const store = memoryLockStore({ clock })
    return { store, other: store, advance: (ms) => clock.advance(ms) }
  },
  1_000,
)

lockStoreContract(
  'SQLite',
  async () => {
    const clock = new ManualClock()
    const database = join(folder, `${files++}.db`)
    const [store, other] = [sqliteLockStore({ database, clock }), sqliteLockStore({ database, clock })]
    const close = (): void => {
      store.close()
      other.close()
    }
    return { store, other, advance: (ms) => clock.advance(ms), close }
  },
  1_000,
)

describe('a SQLite lock store', () => {
  it('knows its tokens after a restart, and goes on growing if the wall clock was set back', async () => {
    const database = join(folder, `${files++}.db`)
    const clock = new ManualClock()
    const take = async (): Promise<number> => {
      const store = sqliteLockStore({ database, clock })
      const answer = await store.acquire({ key: 'k', owner: `${Math.random()}`, leaseMs: 10 })
      store.close()
      assert.equal(answer.kind, 'granted')
      return answer.kind === 'granted' ? answer.token : 0
    }
    const first = await take()
    await clock.advance(11)
    const second = await take()
    clock.jump(-86_400_000 * 2)
    await clock.advance(86_400_000 * 2 + 11)
    const third = await take()
    assert.ok(first < second && second < third, `${first}, ${second}, ${third}`)
  })
})

const fence = new MemoryFence()
const written = new Map<string, string>()
fenceContract('memory', () => ({
  async write(claim, value) {
    fence.check(claim)
    written.set(claim.resource, value)
  },
  read: async (resource) => written.get(resource),
}))

const database = openSql(join(folder, 'fenced.db'))
after(() => database.close())
database.exec('CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT)')
fenceContract('SQLite', () => ({
  async write(claim, value) {
    database.transaction(() => {
      // The write first: a refused claim must take it back.
      database.prepare('INSERT OR REPLACE INTO notes VALUES (?, ?)').run([claim.resource, value])
      fenceSqlite(database, claim)
    })
  },
  async read(resource) {
    return database.prepare<{ value: string }>('SELECT value FROM notes WHERE name = ?').get([resource])?.value
  },
}))

describe('a fence of SQLite', () => {
  it('stands inside of a transaction, or is none', () => {
    assert.throws(() => fenceSqlite(database, { resource: 'r', token: 1 }), { code: 'BAD_LOCK' })
  })
})

/** A store that a test can hold up, cut off and make forget. */
function moodyStore(clock: ManualClock): LockStore & { isDown: boolean } {
  const inner = memoryLockStore({ clock })
  const store = {
    isDown: false,
    async acquire(request: Parameters<LockStore['acquire']>[0]) {
      if (store.isDown) throw new ServiceError('STORE_DOWN', 'It is down.', { status: 503 })
      return inner.acquire(request)
    },
    async renew(claim: Parameters<LockStore['renew']>[0]) {
      if (store.isDown) throw new ServiceError('STORE_DOWN', 'It is down.', { status: 503 })
      return inner.renew(claim)
    },
    release: inner.release.bind(inner),
  }
  return store
}

describe('locks', () => {
  it('run one after the other what needs the same lock, with growing tokens', async () => {
    const clock = new ManualClock()
    const locks = createLocks({ store: memoryLockStore({ clock }), clock, leaseMs: 100, pollMs: 10 })
    let inside = 0
    const tokens: number[] = []
    const work = async (): Promise<void> => {
      await new Context({ clock }).run(() =>
        locks.withLock('k', async (lease) => {
          assert.equal(++inside, 1)
          tokens.push(lease.token)
          await clock.sleep(25)
          inside--
        }),
      )
    }
    const all = Promise.all([work(), work(), work(), work()])
    await clock.advance(500)
    await all
    assert.deepEqual(
      tokens,
      tokens.toSorted((a, b) => a - b),
    )
    assert.equal(new Set(tokens).size, 4)
    assert.equal(clock.pendingTimers, 0)
  })

  it('keep a lease while the work goes on, for many times its length', async () => {
    const clock = new ManualClock()
    const locks = createLocks({ store: memoryLockStore({ clock }), clock, leaseMs: 100 })
    const working = locks.withLock('k', async (lease) => {
      await clock.sleep(1_000)
      return lease.isHeld
    })
    await clock.advance(950)
    assert.equal(await locks.tryAcquire('k'), undefined)
    await clock.advance(50)
    assert.equal(await working, true)
    const next = await locks.tryAcquire('k')
    assert.notEqual(next, undefined)
    await next?.release()
  })

  it('cancel the context of the work when the lease is lost, because nothing confirmed it', async () => {
    const clock = new ManualClock()
    const store = moodyStore(clock)
    const meter = new Registry()
    const locks = createLocks({ store, clock, leaseMs: 100, meter, name: 'jobs' })
    const working = locks.withLock('k', async (lease) => {
      store.isDown = true
      const context = currentContext()
      await clock.sleep(10_000, context?.signal).catch(() => undefined)
      return [context?.cancelled?.code, lease.isHeld]
    })
    await clock.advance(99)
    await clock.advance(2)
    assert.deepEqual(await working, ['LEASE_LOST', false])
    assert.match(prometheusText(meter.snapshot()), /lock_leases_lost_total\{locks="jobs"\} 1/)
  })

  it('keep it through a store that cannot be asked for a moment', async () => {
    const clock = new ManualClock()
    const store = moodyStore(clock)
    const locks = createLocks({ store, clock, leaseMs: 100 })
    const lease = await locks.acquire('k')
    store.isDown = true
    await clock.advance(50)
    store.isDown = false
    await clock.advance(500)
    assert.equal(lease.isHeld, true)
    await lease.release()
    assert.equal(clock.pendingTimers, 0)
  })

  it('tell a holder at once when the store has given the lock to another', async () => {
    const clock = new ManualClock()
    const store = memoryLockStore({ clock })
    const locks = createLocks({ store, clock, leaseMs: 100 })
    const lease = await locks.acquire('k')
    const reasons: string[] = []
    lease.onLost(({ code }) => reasons.push(code))
    // As after a pause of this process: its timers did not run, the store's time did.
    await store.release({ key: 'k', owner: await ownerOf(lease.token), token: lease.token })
    await assert.rejects(lease.renew(), { code: 'LEASE_LOST' })
    assert.deepEqual(reasons, ['LEASE_LOST'])
    assert.equal(await lease.release(), false)

    async function ownerOf(token: number): Promise<string> {
      // The store keeps owners to itself; a renewal by the lease shows it.
      let seen = ''
      const renew = store.renew.bind(store)
      store.renew = async (claim) => {
        seen = claim.owner
        return renew(claim)
      }
      await lease.renew()
      assert.equal(token, lease.token)
      return seen
    }
  })

  const waits: { waitMs: number; heldMs: number; expected: string; why: string }[] = [
    { waitMs: 0, heldMs: 1_000, expected: 'LOCK_BUSY', why: 'asks once' },
    { waitMs: 50, heldMs: 1_000, expected: 'LOCK_BUSY', why: 'waits so long and no longer' },
    { waitMs: 500, heldMs: 200, expected: 'acquired', why: 'it became free in time' },
  ]
  for (const { waitMs, heldMs, expected, why } of waits) {
    it(`wait ${waitMs} ms for a lock that is held ${heldMs} ms: ${expected}, ${why}`, async () => {
      const clock = new ManualClock()
      const locks = createLocks({ store: memoryLockStore({ clock }), clock, leaseMs: 5_000, pollMs: 20 })
      const holder = await locks.acquire('k')
      const waiting = new Context({ clock }).run(() =>
        locks.acquire('k', { waitMs }).then(
          (lease) => (lease.isHeld ? 'acquired' : 'not held'),
          (error: ServiceError) => error.code,
        ),
      )
      await clock.advance(heldMs)
      await holder.release()
      await clock.advance(50)
      assert.equal(await waiting, expected)
    })
  }

  it('give up with the deadline of the context, or with it being cancelled', async () => {
    const clock = new ManualClock()
    const locks = createLocks({ store: memoryLockStore({ clock }), clock, leaseMs: 60_000, pollMs: 10 })
    await locks.acquire('k')
    const cancelled = new Context({ clock })
    const waiting = assert.rejects(
      cancelled.run(() => locks.acquire('k', { waitMs: 10_000 })),
      { code: 'CANCELLED' },
    )
    await clock.advance(25)
    cancelled.cancel()
    await waiting
    const short = new Context({ clock, timeoutMs: 50 })
    const late = assert.rejects(
      short.run(() => locks.acquire('k')),
      { code: 'LOCK_BUSY' },
    )
    await clock.advance(60)
    await late
    await locks.stop()
  })

  it('try again while a store cannot be asked, and tell what it said when the time is over', async () => {
    const clock = new ManualClock()
    const store = moodyStore(clock)
    const locks = createLocks({ store, clock, leaseMs: 1_000, pollMs: 20 })
    store.isDown = true
    const context = new Context({ clock })
    const failing = assert.rejects(
      context.run(() => locks.acquire('k', { waitMs: 50 })),
      { code: 'STORE_DOWN' },
    )
    await clock.advance(100)
    await failing
    const waiting = context.run(() => locks.acquire('k', { waitMs: 500 }))
    await clock.advance(100)
    store.isDown = false
    await clock.advance(50)
    assert.equal((await waiting).isHeld, true)
    await locks.stop()
  })

  it('give back everything when they stop', async () => {
    const clock = new ManualClock()
    const locks = createLocks({ store: memoryLockStore({ clock }), clock })
    await locks.acquire('a')
    await locks.acquire('b')
    await locks.stop()
    for (const key of ['a', 'b']) assert.notEqual(await locks.tryAcquire(key), undefined)
    await locks.stop()
    assert.equal(clock.pendingTimers, 0)
  })

  it('refuse times that cannot be', () => {
    const store = memoryLockStore()
    assert.throws(() => createLocks({ store, leaseMs: 0 }), { code: 'BAD_LOCK' })
    assert.throws(() => createLocks({ store, pollMs: Number.NaN }), { code: 'BAD_LOCK' })
  })
})
