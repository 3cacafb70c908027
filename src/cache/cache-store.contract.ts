/** What every cache store keeps: run it with a store of its own for each test, and a way to let its time pass. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CacheStore } from './cache-store.ts'

export interface CacheStoreHarness {
  readonly store: CacheStore
  /** Lets the store's own time pass. */
  advance(ms: number): Promise<void>
  /** Wall time. */
  now(): number
}

/** `unitMs`: long enough that a busy machine does not use it up between two calls. */
export function cacheStoreContract(name: string, open: () => Promise<CacheStoreHarness>, unitMs: number): void {
  describe(`${name}, as a cache store`, () => {
    const keepMs = 10 * unitMs

    it('gives back what was set: any JSON, and that there is no such thing', async () => {
      const { store, now } = await open()
      const values = [0, '', 'Grüße 👋 " \\ \n', null, false, [1, [2]], { a: { b: 'v n ' } }, undefined]
      for (const [at, value] of values.entries()) {
        const entry = { value, freshUntilMs: Math.round(now()) + unitMs }
        assert.equal(await store.set(`k${at}`, entry, { keepMs }), true)
        assert.deepEqual(await store.get(`k${at}`), entry)
      }
      assert.equal(await store.get('nothing'), undefined)
      assert.equal(await store.get(''), undefined)
    })

    it('forgets it after its time, and not before', async () => {
      const { store, now, advance } = await open()
      await store.set('short', { value: 1, freshUntilMs: now() }, { keepMs: unitMs })
      await store.set('long', { value: 2, freshUntilMs: now() }, { keepMs })
      await advance(unitMs + 1)
      assert.equal(await store.get('short'), undefined)
      assert.equal((await store.get('long'))?.value, 2)
    })

    it('forgets what is deleted, several at once', async () => {
      const { store, now } = await open()
      for (const key of ['a', 'b', 'c']) await store.set(key, { value: key, freshUntilMs: now() + unitMs }, { keepMs })
      await store.delete(['a', 'c', 'nothing'])
      assert.deepEqual(
        [await store.get('a'), (await store.get('b'))?.value, await store.get('c')],
        [undefined, 'b', undefined],
      )
    })

    it('has one of many who ask load', async () => {
      const { store, now } = await open()
      const ask = () => store.claim('k', { forMs: keepMs, nowMs: now() })
      const answers = await Promise.all(Array.from({ length: 20 }, ask))
      assert.equal(answers.filter(({ kind }) => kind === 'mine').length, 1)
      assert.equal(answers.filter(({ kind }) => kind === 'busy').length, 19)
    })

    it('gives a fresh entry instead of a claim, but not a stale one', async () => {
      const { store, now, advance } = await open()
      const freshUntilMs = Math.round(now()) + unitMs
      await store.set('k', { value: 'v', freshUntilMs }, { keepMs })
      assert.deepEqual(await store.claim('k', { forMs: keepMs, nowMs: now() }), {
        kind: 'fresh',
        entry: { value: 'v', freshUntilMs },
      })
      await advance(unitMs + 2)
      assert.equal((await store.claim('k', { forMs: keepMs, nowMs: now() })).kind, 'mine')
    })

    it('keeps what is set under a standing claim, and ends the claim', async () => {
      const { store, now } = await open()
      const first = await store.claim('k', { forMs: keepMs, nowMs: now() })
      assert.ok(first.kind === 'mine')
      const entry = { value: 1, freshUntilMs: 0 }
      assert.equal(await store.set('k', entry, { keepMs, claim: first.claim }), true)
      assert.equal(await store.set('k', { ...entry, value: 2 }, { keepMs, claim: first.claim }), false)
      assert.equal((await store.get('k'))?.value, 1)
      assert.equal((await store.claim('k', { forMs: keepMs, nowMs: now() })).kind, 'mine')
    })

    it('gives a claim up and leaves what is there', async () => {
      const { store, now } = await open()
      await store.set('k', { value: 'old', freshUntilMs: 0 }, { keepMs })
      const claim = await store.claim('k', { forMs: keepMs, nowMs: now() })
      assert.ok(claim.kind === 'mine')
      assert.equal(await store.set('k', undefined, { keepMs, claim: claim.claim }), true)
      assert.equal((await store.get('k'))?.value, 'old')
      assert.equal((await store.claim('k', { forMs: keepMs, nowMs: now() })).kind, 'mine')
    })

    it('does not keep what was loaded before a deletion', async () => {
      const { store, now } = await open()
      const claim = await store.claim('k', { forMs: keepMs, nowMs: now() })
      assert.ok(claim.kind === 'mine')
      await store.delete(['k'])
      assert.equal(await store.set('k', { value: 'old', freshUntilMs: 0 }, { keepMs, claim: claim.claim }), false)
      assert.equal(await store.get('k'), undefined)
    })

    it('gives a claim to the next after its time, and to one who writes at once', async () => {
      const { store, now, advance } = await open()
      const lost = await store.claim('k', { forMs: unitMs, nowMs: now() })
      await advance(unitMs + 1)
      const next = await store.claim('k', { forMs: keepMs, nowMs: now() })
      const writer = await store.claim('k', { forMs: keepMs, nowMs: now(), steals: true })
      assert.ok(lost.kind === 'mine' && next.kind === 'mine' && writer.kind === 'mine')
      const entry = { value: 1, freshUntilMs: 0 }
      assert.equal(await store.set('k', entry, { keepMs, claim: lost.claim }), false)
      assert.equal(await store.set('k', entry, { keepMs, claim: next.claim }), false)
      assert.equal(await store.set('k', entry, { keepMs, claim: writer.claim }), true)
    })
  })
}
