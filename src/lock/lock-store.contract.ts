/** What every lock store keeps: run it with a store of its own for each test, and a way to let its time pass. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LockStore } from './lock-store.ts'

export interface LockStoreHarness {
  readonly store: LockStore
  /** Another client of the same locks, as another process has; the same store where there is only one. */
  readonly other: LockStore
  /** Lets the store's own time pass, at least so much. */
  advance(ms: number): Promise<void>
  close?(): Promise<void> | void
}

/** `leaseMs`: long enough that a busy machine does not use it up between two calls. */
export function lockStoreContract(name: string, open: () => Promise<LockStoreHarness>, leaseMs: number): void {
  const run = (sentence: string, body: (harness: LockStoreHarness) => Promise<void>): void => {
    it(sentence, async () => {
      const harness = await open()
      try {
        await body(harness)
      } finally {
        await harness.close?.()
      }
    })
  }
  const granted = async (store: LockStore, key: string, owner: string): Promise<number> => {
    const answer = await store.acquire({ key, owner, leaseMs })
    assert.equal(answer.kind, 'granted', `${owner} does not get '${key}'`)
    return answer.kind === 'granted' ? answer.token : 0
  }

  describe(`${name}, as a lock store`, () => {
    run('grants a lock to one, and tells others how long it is held', async ({ store, other }) => {
      const token = await granted(store, 'k', 'a')
      assert.ok(Number.isSafeInteger(token) && token > 0)
      const refused = await other.acquire({ key: 'k', owner: 'b', leaseMs })
      assert.equal(refused.kind, 'held')
      assert.ok(refused.kind === 'held' && refused.heldForMs > 0 && refused.heldForMs <= leaseMs)
    })

    run('keeps keys apart, whatever is in them', async ({ store }) => {
      for (const key of ['k', 'K', 'k:token', '{k}', "k'--", 'Grüße 👋', '']) await granted(store, key, 'a')
    })

    run('grants it again to an owner that did not hear the answer, under the same token', async ({ store, other }) => {
      const token = await granted(store, 'k', 'a')
      assert.equal(await granted(other, 'k', 'a'), token)
    })

    run('is free when it is released, and a released lease is no more', async ({ store, other }) => {
      const token = await granted(store, 'k', 'a')
      assert.equal(await store.release({ key: 'k', owner: 'a', token }), true)
      assert.equal(await store.release({ key: 'k', owner: 'a', token }), false)
      assert.equal(await store.renew({ key: 'k', owner: 'a', token, leaseMs }), false)
      assert.ok((await granted(other, 'k', 'b')) > token)
    })

    run(
      'is free when its time is over, with a larger token, and the first owner has no say any more',
      async (harness) => {
        const { store, other } = harness
        const first = await granted(store, 'k', 'a')
        await harness.advance(leaseMs + 1)
        const second = await granted(other, 'k', 'b')
        assert.ok(second > first, `${second} is not above ${first}`)
        assert.equal(await store.renew({ key: 'k', owner: 'a', token: first, leaseMs }), false)
        assert.equal(await store.release({ key: 'k', owner: 'a', token: first }), false)
        assert.equal(await other.renew({ key: 'k', owner: 'b', token: second, leaseMs }), true)
      },
    )

    run('does not renew what has run out, though nobody took it', async (harness) => {
      const token = await granted(harness.store, 'k', 'a')
      await harness.advance(leaseMs + 1)
      assert.equal(await harness.store.renew({ key: 'k', owner: 'a', token, leaseMs }), false)
    })

    run('stays with who renews it', async (harness) => {
      const token = await granted(harness.store, 'k', 'a')
      for (let third = 0; third < 6; third++) {
        await harness.advance(leaseMs / 3)
        assert.equal(await harness.store.renew({ key: 'k', owner: 'a', token, leaseMs }), true)
      }
      assert.equal((await harness.other.acquire({ key: 'k', owner: 'b', leaseMs })).kind, 'held')
    })

    run('answers only to the right token', async ({ store }) => {
      const token = await granted(store, 'k', 'a')
      assert.equal(await store.renew({ key: 'k', owner: 'a', token: token - 1, leaseMs }), false)
      assert.equal(await store.release({ key: 'k', owner: 'b', token }), false)
      assert.equal(await store.release({ key: 'other', owner: 'a', token }), false)
      assert.equal(await store.renew({ key: 'k', owner: 'a', token, leaseMs }), true)
    })

    run('gives tokens that grow, however often and by whomever it is taken', async ({ store, other }) => {
      let last = 0
      for (let round = 0; round < 50; round++) {
        const client = round % 2 === 0 ? store : other
        const token = await granted(client, 'k', `${round}`)
        assert.ok(token > last, `${token} is not above ${last}`)
        last = token
        assert.equal(await client.release({ key: 'k', owner: `${round}`, token }), true)
      }
    })

    run('is granted to one of many who ask at once', async ({ store, other }) => {
      const asking = Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? store : other).acquire({ key: 'k', owner: `${at}`, leaseMs }),
      )
      const answers = await Promise.all(asking)
      assert.equal(answers.filter(({ kind }) => kind === 'granted').length, 1)
    })
  })
}
