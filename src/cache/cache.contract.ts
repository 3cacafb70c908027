/** How a cache behaves, whatever its store: run it with a way to make caches over one store, and to let time pass. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache, CacheOptions } from './cache.ts'
import type { RegionOptions } from './region-options.ts'

export interface CacheHarness {
  /** Over the same store each time, as in several processes, where it is a shared one. */
  cache(options?: CacheOptions): Cache
  advance(ms: number): Promise<void>
}

/** `unitMs`: long enough that a busy machine does not use it up between two calls. */
export function cacheContract(name: string, open: () => Promise<CacheHarness>, unitMs: number): void {
  const options = { ttlMs: 4 * unitMs, negativeTtlMs: 2 * unitMs, jitterRatio: 0 }

  /** A source of values that counts how often it is asked. */
  function source(): RegionOptions<string, string> & {
    loads: string[]
    values: Map<string, string>
    hold?: Promise<void>
  } {
    const loads: string[] = []
    const values = new Map([['gin', 'juniper']])
    const self = {
      ...options,
      loads,
      values,
      hold: undefined as Promise<void> | undefined,
      async load(key: string) {
        loads.push(key)
        const value = values.get(key)
        await self.hold
        return value
      },
    }
    return self as ReturnType<typeof source>
  }

  describe(`${name}, as a cache`, () => {
    it('loads once and then gives what it has, until its time is over', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', from)
      for (let call = 0; call < 3; call++) assert.equal(await region.get('gin'), 'juniper')
      assert.equal(from.loads.length, 1)
      await harness.advance(options.ttlMs + 1)
      from.values.set('gin', 'new')
      assert.equal(await region.get('gin'), 'new')
      assert.equal(from.loads.length, 2)
    })

    it('remembers for a while that there is no such thing', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', from)
      for (let call = 0; call < 3; call++) assert.equal(await region.get('rum'), undefined)
      assert.equal(from.loads.length, 1)
      await harness.advance(options.negativeTtlMs + 1)
      from.values.set('rum', 'cane')
      assert.equal(await region.get('rum'), 'cane')
    })

    it('asks every time if told not to remember that', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', { ...from, negativeTtlMs: 0 })
      for (let call = 0; call < 3; call++) assert.equal(await region.get('rum'), undefined)
      assert.equal(from.loads.length, 3)
    })

    it('loads once for a thousand who ask at the same time, over two caches', async () => {
      const harness = await open()
      const from = source()
      const held = Promise.withResolvers<void>()
      from.hold = held.promise
      const regions = [harness.cache().region('r', from), harness.cache().region('r', from)]
      const asking = Array.from({ length: 1_000 }, (_, at) => regions[at % 2]?.get('gin'))
      while (from.loads.length === 0) await new Promise((resolve) => setImmediate(resolve))
      held.resolve()
      await harness.advance(unitMs)
      assert.deepEqual(new Set(await Promise.all(asking)), new Set(['juniper']))
      assert.equal(from.loads.length, 1)
    })

    it('passes an error to all who wait, keeps nothing of it, and loads again', async () => {
      const harness = await open()
      let fails = true
      const load = async (): Promise<string> => {
        if (fails) throw new Error('down')
        return 'up'
      }
      const region = harness.cache().region('r', { ...options, load })
      const outcomes = await Promise.allSettled([region.get('k'), region.get('k')])
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['rejected', 'rejected'],
      )
      fails = false
      assert.equal(await region.get('k'), 'up')
    })

    it('gives what is stale at once and refreshes it behind that', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', { ...from, staleMs: 100 * unitMs })
      await region.get('gin')
      await harness.advance(options.ttlMs + 1)
      from.values.set('gin', 'new')
      const held = Promise.withResolvers<void>()
      from.hold = held.promise
      assert.equal(await region.get('gin'), 'juniper')
      assert.equal(await region.get('gin'), 'juniper')
      held.resolve()
      for (let tries = 0; tries < 200 && (await region.get('gin')) !== 'new'; tries++)
        await harness.advance(unitMs / 50)
      assert.equal(await region.get('gin'), 'new')
      assert.equal(from.loads.length, 2)
    })

    it('gives what is stale while it cannot be loaded', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', { ...from, staleMs: 100 * unitMs })
      await region.get('gin')
      await harness.advance(options.ttlMs + 1)
      const failing = async (): Promise<string> => {
        throw new Error('down')
      }
      for (let call = 0; call < 3; call++) {
        assert.equal(await region.get('gin', failing), 'juniper')
        await harness.advance(1)
      }
    })

    it('forgets what is deleted, in every cache over the store', async () => {
      const harness = await open()
      const from = source()
      const [here, there] = [harness.cache().region('r', from), harness.cache().region('r', from)]
      await here.get('gin')
      from.values.set('gin', 'new')
      await there.delete('gin')
      assert.equal(await here.get('gin'), 'new')
    })

    it('does not keep what was loaded before a deletion that came meanwhile', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', from)
      const held = Promise.withResolvers<void>()
      from.hold = held.promise
      const early = region.get('gin')
      while (from.loads.length === 0) await new Promise((resolve) => setImmediate(resolve))
      from.values.set('gin', 'new')
      await region.delete('gin')
      delete from.hold
      assert.equal(await region.get('gin'), 'new', 'who asks behind the deletion')
      held.resolve()
      assert.equal(await early, 'juniper', 'who asked before it')
      assert.equal(await region.get('gin'), 'new')
    })

    it('deletes when the transaction has committed, and not before', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', from)
      await region.get('gin')
      const hooks: (() => void | Promise<void>)[] = []
      region.deleteAfterCommit({ onCommit: (hook) => hooks.push(hook) }, 'gin')
      from.values.set('gin', 'new')
      assert.equal(await region.get('gin'), 'juniper')
      for (const hook of hooks) await hook()
      assert.equal(await region.get('gin'), 'new')
    })

    it('writes through: saved first, then kept', async () => {
      const harness = await open()
      const from = source()
      const save = async (key: string, value: string): Promise<void> => void from.values.set(key, value)
      const region = harness.cache().region('r', { ...from, save })
      await region.get('gin')
      await region.write('gin', 'new')
      assert.deepEqual([await region.get('gin'), from.values.get('gin'), from.loads.length], ['new', 'new', 1])
      const failing = harness.cache().region('r', {
        ...from,
        save: async () => {
          throw new Error('down')
        },
      })
      await assert.rejects(failing.write('gin', 'never'), /down/)
      assert.equal(await region.get('gin'), 'new')
    })

    it('keeps neither of two writes that overlapped, since nobody knows which was the last', async () => {
      const harness = await open()
      const from = source()
      const order: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()]
      let saves = 0
      const save = async (key: string, value: string): Promise<void> => {
        await order[saves++]?.promise
        from.values.set(key, value)
      }
      const region = harness.cache().region('r', { ...from, save })
      const first = region.write('gin', 'first')
      while (saves < 1) await new Promise((resolve) => setImmediate(resolve))
      const second = region.write('gin', 'second')
      while (saves < 2) await new Promise((resolve) => setImmediate(resolve))
      order[1]?.resolve()
      await second
      order[0]?.resolve()
      await first
      assert.equal(from.values.get('gin'), 'first')
      assert.equal(await region.get('gin'), 'first')
    })

    it('refreshes on demand, though what is there is fresh', async () => {
      const harness = await open()
      const from = source()
      const region = harness.cache().region('r', from)
      await region.get('gin')
      from.values.set('gin', 'new')
      assert.equal(await region.refresh('gin'), 'new')
      assert.equal(await region.get('gin'), 'new')
    })

    it('keeps regions, versions and keys of every kind apart', async () => {
      const harness = await open()
      const cache = harness.cache()
      const of = (what: string) => ({ ...options, load: async (key: unknown) => `${what} ${JSON.stringify(key)}` })
      const plain = cache.region<string>('r', of('plain'))
      const numbers = cache.region<string, number>('n', of('number'))
      const pairs = cache.region<string, [string, number]>('p', { ...of('pair'), keyOf: ([a, b]) => `${a}/${b}` })
      const next = harness.cache().region<string>('r', { ...of('next'), version: 2 })
      assert.deepEqual(
        [await plain.get('1'), await numbers.get(1), await pairs.get(['a', 1]), await next.get('1')],
        ['plain "1"', 'number 1', 'pair ["a",1]', 'next "1"'],
      )
      assert.equal(await plain.get('1'), 'plain "1"')
    })
  })
}
