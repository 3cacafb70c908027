import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context, currentContext } from '../foundation/context/context.ts'
import { ContextKey } from '../foundation/context/context-key.ts'
import { prometheusText } from '../telemetry/exporters/prometheus.ts'
import { Registry } from '../telemetry/registry.ts'
import { cacheContract } from './cache.contract.ts'
import { type CacheOptions, createCache } from './cache.ts'
import type { CacheBus, CacheBusListener } from './cache-bus.ts'
import { cacheStoreContract } from './cache-store.contract.ts'
import type { CacheStore } from './cache-store.ts'
import { memoryCacheStore } from './stores/memory.ts'

cacheStoreContract(
  'memory',
  async () => {
    const clock = new ManualClock()
    return { store: memoryCacheStore({ clock }), advance: (ms) => clock.advance(ms), now: () => clock.now() }
  },
  100,
)

cacheContract(
  'memory',
  async () => {
    const clock = new ManualClock()
    const store = memoryCacheStore({ clock })
    return { cache: (options = {}) => createCache({ store, clock, ...options }), advance: (ms) => clock.advance(ms) }
  },
  100,
)

/** A store beyond the network: everything takes a turn, and a test can cut it off. */
function remoteStore(clock: ManualClock): CacheStore & { isDown: boolean; calls: number } {
  const inner = memoryCacheStore({ clock })
  const far = async <T>(call: () => T): Promise<T> => {
    remote.calls++
    await Promise.resolve()
    if (remote.isDown) throw new Error('no connection')
    const givenUp = currentContext()?.cancelled
    if (givenUp !== undefined) throw givenUp
    // As JSON, which is what a remote store keeps.
    return structuredClone(call())
  }
  const remote: CacheStore & { isDown: boolean; calls: number } = {
    isDown: false,
    calls: 0,
    get: (key) => far(() => inner.get(key)),
    set: (key, entry, options) => far(() => inner.set(key, entry, options)),
    claim: (key, options) => far(() => inner.claim(key, options)),
    delete: (keys) => far(() => inner.delete(keys)),
  }
  return remote
}

function localBus(): CacheBus & { listeners: Set<CacheBusListener>; gap(): void } {
  const listeners = new Set<CacheBusListener>()
  return {
    listeners,
    gap() {
      for (const listener of listeners) listener.onGap()
    },
    async publish(message) {
      for (const listener of listeners) listener.onMessage(structuredClone(message))
    },
    async subscribe(listener) {
      listeners.add(listener)
      return async () => void listeners.delete(listener)
    },
  }
}

cacheContract(
  'a remote store',
  async () => {
    const clock = new ManualClock()
    const store = remoteStore(clock)
    return { cache: (options = {}) => createCache({ store, clock, ...options }), advance: (ms) => clock.advance(ms) }
  },
  100,
)

describe('times of a cache', () => {
  it('differ by chance, so that what was loaded together does not end together', async () => {
    const clock = new ManualClock()
    const chances = [0, 0.5, 1]
    const cache = createCache({ clock, random: () => chances.shift() ?? 0 })
    const loads: string[] = []
    const load = async (key: string): Promise<string> => {
      loads.push(key)
      return key
    }
    const region = cache.region('r', { ttlMs: 1_000, jitterRatio: 0.2, load })
    for (const key of ['a', 'b', 'c']) await region.get(key)
    loads.length = 0
    await clock.advance(850)
    for (const key of ['a', 'b', 'c']) await region.get(key)
    await clock.advance(100)
    for (const key of ['a', 'b']) await region.get(key)
    assert.deepEqual(loads, ['c', 'b'])
  })

  it('end a load that takes too long, and the claim with it', async () => {
    const clock = new ManualClock()
    const region = createCache({ clock }).region('r', {
      loadTimeoutMs: 100,
      load: (): Promise<string> => new Promise(() => undefined),
    })
    const waiting = assert.rejects(region.get('k'), { code: 'DEADLINE_EXCEEDED' })
    await clock.advance(100)
    await waiting
    assert.equal(await region.get('k', async () => 'quick'), 'quick')
  })

  it('leave the load alone when one of those who wait has no more time', async () => {
    const clock = new ManualClock()
    const held = Promise.withResolvers<string>()
    const region = createCache({ clock }).region('r', { load: () => held.promise })
    const hasty = new Context({ clock, timeoutMs: 10 }).run(() =>
      assert.rejects(region.get('k'), { code: 'DEADLINE_EXCEEDED' }),
    )
    const patient = region.get('k')
    await clock.advance(10)
    await hasty
    held.resolve('v')
    assert.equal(await patient, 'v')
  })
})

describe('a cache in front of a shared store', () => {
  const pair = async (options: Partial<CacheOptions> = {}) => {
    const clock = new ManualClock()
    const store = remoteStore(clock)
    const bus = localBus()
    const values = new Map([['k', 1]])
    const load = async (key: string): Promise<number | undefined> => values.get(key)
    const caches = ['a', 'b'].map((name) =>
      createCache({ name, store, clock, bus, near: memoryCacheStore({ clock }), ...options }),
    )
    for (const cache of caches) await cache.start()
    const [here, there] = caches.map((cache) => cache.region<number>('r', { ttlMs: 60_000, nearTtlMs: 10_000, load }))
    assert.ok(here !== undefined && there !== undefined)
    return { clock, store, bus, values, here, there, caches }
  }

  it('keeps values near, for a while', async () => {
    const { clock, store, here } = await pair()
    await here.get('k')
    const asked = store.calls
    for (let call = 0; call < 10; call++) await here.get('k')
    assert.equal(store.calls, asked)
    await clock.advance(10_001)
    await here.get('k')
    assert.equal(store.calls, asked + 1)
  })

  it('forgets near what another process deletes, sets or writes', async () => {
    const { values, here, there } = await pair()
    assert.deepEqual([await here.get('k'), await there.get('k')], [1, 1])
    values.set('k', 2)
    await there.delete('k')
    assert.equal(await here.get('k'), 2)
    await there.set('k', 3)
    assert.equal(await here.get('k'), 3)
  })

  it('has near at once what another process has refreshed', async () => {
    const { clock, store, values, here, there } = await pair()
    await Promise.all([here.get('k'), there.get('k')])
    values.set('k', 2)
    await there.refresh('k')
    await clock.advance(0)
    const asked = store.calls
    assert.equal(await here.get('k'), 2)
    assert.equal(store.calls, asked)
  })

  it('does not keep near what was deleted while it was fetched', async () => {
    const { values, here, there } = await pair()
    await there.get('k')
    const fetching = here.get('k')
    values.set('k', 2)
    await there.delete('k')
    await fetching
    assert.equal(await here.get('k'), 2)
  })

  it('forgets everything near when messages may have been missed', async () => {
    const { store, bus, here } = await pair()
    await here.get('k')
    const asked = store.calls
    bus.gap()
    await here.get('k')
    assert.equal(store.calls, asked + 1)
  })

  it('says no more after it has stopped', async () => {
    const { bus, caches } = await pair()
    for (const cache of caches) await cache.stop()
    assert.equal(bus.listeners.size, 0)
  })
})

describe('a cache whose shared store is down', () => {
  const down = () => {
    const clock = new ManualClock()
    const store = remoteStore(clock)
    const meter = new Registry()
    const cache = createCache({ store, clock, meter, fallbackTtlMs: 1_000, maxFallbackLoads: 2 })
    let loads = 0
    let parallel = 0
    let highest = 0
    const load = async (key: string): Promise<string> => {
      loads++
      highest = Math.max(highest, ++parallel)
      await clock.sleep(10)
      parallel--
      return `${key} ${loads}`
    }
    const region = cache.region('r', { ttlMs: 60_000, load })
    return { clock, store, meter, cache, region, loads: () => loads, highest: () => highest }
  }

  it('answers by itself, keeps it for a short time, loads few at a time and says so', async () => {
    const { clock, store, meter, cache, region, loads, highest } = down()
    store.isDown = true
    const asking = Promise.all(Array.from({ length: 100 }, (_, at) => region.get(`k${at % 10}`)))
    await clock.advance(100)
    const answers = await asking
    assert.equal(new Set(answers).size, 10)
    assert.deepEqual([loads(), highest()], [10, 2])
    assert.equal(cache.health().status, 'DEGRADED')
    assert.match(prometheusText(meter.snapshot()), /cache_store_up\{cache="cache"\} 0/)
    await region.get('k1')
    assert.equal(loads(), 10)
    await clock.advance(1_001)
    const again = region.get('k1')
    await clock.advance(10)
    await again
    assert.equal(loads(), 11)
    await cache.stop()
  })

  it('does not ask it for each value, and notices without being asked that it is back', async () => {
    const { clock, store, cache, region } = down()
    store.isDown = true
    const first = region.get('k')
    await clock.advance(10)
    await first
    const asked = store.calls
    for (let call = 0; call < 50; call++) await region.get('k')
    assert.equal(store.calls, asked)
    store.isDown = false
    await clock.advance(250)
    assert.equal(cache.health().status, 'UP')
  })

  it('notices that it is back when the request is over that found it missing', async () => {
    const { clock, store, cache, region } = down()
    store.isDown = true
    const request = new Context({ clock, timeoutMs: 20 })
    await request.run(() => region.delete('k'))
    await clock.advance(20)
    store.isDown = false
    // As timers do, which run in the context that set them.
    await request.run(() => clock.advance(250))
    assert.equal(cache.health().status, 'UP')
  })

  it('is not taken to be down because a caller gave up; what that one deletes is deleted', async () => {
    const { clock, cache, region } = down()
    const first = region.get('k')
    await clock.advance(10)
    assert.equal(await first, 'k 1')
    const request = new Context({ clock, timeoutMs: 20 })
    await clock.advance(20)
    await request.run(() => region.get('k').catch(() => undefined))
    await request.run(() => region.delete('k'))
    assert.equal(cache.health().status, 'UP')
    const second = region.get('k')
    await clock.advance(10)
    assert.equal(await second, 'k 2')
  })

  it('makes up for deletions before it reads from it again', async () => {
    const { clock, store, cache, region } = down()
    const get = async (): Promise<string | undefined> => {
      const asking = region.get('k')
      await clock.advance(10)
      return asking
    }
    assert.equal(await get(), 'k 1')
    store.isDown = true
    await region.delete('k')
    assert.equal(await get(), 'k 2')
    store.isDown = false
    await clock.advance(250)
    assert.equal(cache.health().status, 'UP')
    assert.equal(await get(), 'k 3')
  })
})

describe('a region with a schema', () => {
  it('loads anew what an older program has kept', async () => {
    const clock = new ManualClock()
    const store = remoteStore(clock)
    const old = createCache({ store, clock }).region<unknown>('product', { load: async () => ({ name: 'gin' }) })
    await old.get('k')
    const Product = z.object({ title: z.string() })
    const region = createCache({ store, clock }).region('product', {
      schema: Product,
      load: async () => ({ title: 'Gin' }),
    })
    const product = await region.get('k')
    assert.deepEqual(product, { title: 'Gin' })
    assert.equal((await region.get('k', async () => assert.fail('it is kept')))?.title, 'Gin')
  })
})

describe('writing behind', () => {
  const setUp = (settings: object = {}) => {
    const clock = new ManualClock()
    const saved: [string, number][][] = []
    const state = { fails: false }
    const cache = createCache({ clock })
    const region = cache.region<number>('r', {
      load: async (key) => saved.flat().findLast(([name]) => name === key)?.[1],
      writeBehind: {
        delayMs: 100,
        saveMany: async (entries) => {
          if (state.fails) throw new Error('down')
          saved.push(entries.map(([key, value]) => [key, value]))
        },
        ...settings,
      },
    })
    return { clock, cache, region, saved, state }
  }

  it('gives what was written at once, and saves the last of several values of a key', async () => {
    const { clock, region, saved } = setUp()
    await region.write('a', 1)
    await region.write('a', 2)
    await region.write('b', 3)
    await region.delete('a')
    assert.equal(await region.get('a'), 2, 'what is not saved yet is not loaded')
    assert.deepEqual(saved, [])
    await clock.advance(100)
    assert.deepEqual(saved, [
      [
        ['a', 2],
        ['b', 3],
      ],
    ])
    assert.equal(await region.get('a'), 2)
    assert.equal(clock.pendingTimers, 0)
  })

  it('saves outside of the requests that wrote, which are over by then', async () => {
    const who = new ContextKey<string>('who')
    const seen: unknown[] = []
    const saveMany = async (): Promise<void> =>
      void seen.push([currentContext()?.get(who), currentContext()?.cancelled])
    const { clock, region } = setUp({ maxBatch: 2, saveMany })
    for (const name of ['a', 'b', 'c'])
      await new Context({ clock, timeoutMs: 50 }).set(who, 'ann').run(() => region.write(name, 1))
    await clock.advance(100)
    assert.deepEqual(seen, [
      [undefined, undefined],
      [undefined, undefined],
    ])
  })

  it('saves a full batch at once, and refuses more than it may hold', async () => {
    const { region, saved, state } = setUp({ maxBatch: 2, maxPending: 3 })
    await region.write('a', 1)
    await region.write('b', 2)
    assert.deepEqual(saved, [
      [
        ['a', 1],
        ['b', 2],
      ],
    ])
    state.fails = true
    for (const key of ['a', 'b', 'c']) await region.write(key, 9)
    await assert.rejects(region.write('d', 4), { code: 'CACHE_WRITES_FULL', status: 503 })
    await region.write('a', 10)
  })

  it('tries again what could not be saved, later and later, and a value that changed meanwhile once more', async () => {
    const { clock, region, saved, state } = setUp()
    state.fails = true
    await region.write('a', 1)
    await clock.advance(1_000)
    assert.deepEqual(saved, [])
    await region.write('a', 2)
    state.fails = false
    await clock.advance(2_000)
    assert.deepEqual(saved, [[['a', 2]]])
  })

  it('saves everything when the service drains, or says that it could not', async () => {
    const { clock, cache, region, saved, state } = setUp({ maxBatch: 2 })
    state.fails = true
    for (const key of ['a', 'b', 'c', 'd', 'e']) await region.write(key, 1)
    const draining = cache.drain(new AbortController().signal)
    state.fails = false
    await clock.advance(2_000)
    await draining
    assert.equal(saved.flat().length, 5)
    state.fails = true
    await region.write('f', 1)
    const late = new AbortController()
    const failing = assert.rejects(cache.drain(late.signal), /no more time/)
    await clock.advance(100)
    late.abort(new Error('no more time'))
    await failing
  })
})

describe('a cache', () => {
  it('counts how values were found', async () => {
    const clock = new ManualClock()
    const meter = new Registry()
    const region = createCache({ clock, meter }).region('r', { load: async (key) => (key === 'k' ? 1 : undefined) })
    for (const key of ['k', 'k', 'x', 'x']) await region.get(key)
    const text = prometheusText(meter.snapshot())
    for (const outcome of ['hit', 'negative']) {
      assert.match(text, new RegExp(`cache_requests_total\\{cache="cache",region="r",outcome="${outcome}"\\} 1`))
    }
    assert.match(text, /cache_requests_total\{cache="cache",region="r",outcome="miss"\} 2/)
    assert.match(text, /cache_load_duration_seconds_count\{cache="cache",region="r",outcome="absent"\} 1/)
  })

  const bad: { make: () => unknown; why: string }[] = [
    { make: () => createCache().region('r', { ttlMs: 0 }), why: 'no time' },
    { make: () => createCache().region('r', { staleMs: Number.NaN }), why: 'no number' },
    { make: () => createCache().region('r', { jitterRatio: 2 }), why: 'more than all' },
    { make: () => createCache().region('r', { writeBehind: {} }), why: 'nowhere to save to' },
    { make: () => createCache({ near: memoryCacheStore() }), why: 'near what is near' },
    { make: () => memoryCacheStore({ maxBytes: 0 }), why: 'no room' },
    {
      make: () => {
        const cache = createCache()
        cache.region('r')
        cache.region('r')
      },
      why: 'one name for two',
    },
  ]
  for (const { make, why } of bad) it(`refuses ${why}`, () => assert.throws(make, { code: 'BAD_CACHE' }))

  it('tells what it was not given', async () => {
    const region = createCache().region<string, object>('r')
    assert.throws(() => region.get({}), { code: 'BAD_CACHE' })
    const plain = createCache().region<string>('r')
    await assert.rejects(plain.get('k'), { code: 'CACHE_NO_LOADER' })
    await assert.rejects(plain.write('k', 'v'), { code: 'CACHE_NO_WRITER' })
  })
})
