import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Sieve } from './sieve.ts'

interface Item {
  readonly key: string
  readonly bytes: number
  readonly isDead?: boolean
}

function sieve(maxBytes: number, maxEntries = 1_000_000): { sieve: Sieve<Item>; evicted: string[] } {
  const evicted: string[] = []
  const isDead = (item: Item): boolean => item.isDead === true
  return { sieve: new Sieve<Item>({ maxBytes, maxEntries, isDead, onEvict: ({ key }) => evicted.push(key) }), evicted }
}

const one = (key: string, bytes = 1): Item => ({ key, bytes })

describe('the sieve', () => {
  it('drops the oldest that was not used since the hand passed', () => {
    const { sieve: kept, evicted } = sieve(4)
    for (const key of ['a', 'b', 'c', 'd']) kept.set(one(key))
    kept.get('a')
    kept.get('c')
    for (const key of ['e', 'f', 'g']) kept.set(one(key))
    // The hand passes a (its mark goes), takes b, passes c, takes d, then e, which nobody used.
    assert.deepEqual(evicted, ['b', 'd', 'e'])
    assert.deepEqual([kept.get('a')?.key, kept.get('c')?.key, kept.size], ['a', 'c', 4])
  })

  it('makes as much room as is needed, and takes nothing that is larger than all of it', () => {
    const { sieve: kept, evicted } = sieve(10)
    for (const key of ['a', 'b', 'c', 'd', 'e']) kept.set(one(key, 2))
    assert.equal(kept.set(one('large', 7)), true)
    assert.deepEqual([evicted, kept.bytes], [['a', 'b', 'c', 'd'], 9])
    assert.equal(kept.set(one('huge', 11)), false)
    assert.deepEqual([kept.bytes, kept.get('huge')], [9, undefined])
  })

  it('drops what is dead first, whether it was used or not', () => {
    const { sieve: kept, evicted } = sieve(3)
    kept.set({ key: 'a', bytes: 1, isDead: true })
    kept.set(one('b'))
    kept.set(one('c'))
    for (const key of ['a', 'b', 'c']) kept.get(key)
    kept.set(one('d'))
    assert.deepEqual(evicted, ['a'])
  })

  it('keeps its accounts through a long life of sets, gets and deletes', () => {
    const { sieve: kept } = sieve(500, 60)
    const model = new Map<string, number>()
    let state = 7
    const next = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    for (let step = 0; step < 20_000; step++) {
      const key = `${next(100)}`
      if (next(10) === 0) assert.equal(kept.delete(key), model.delete(key) && true)
      else if (next(2) === 0) kept.get(key)
      else {
        const bytes = 1 + next(40)
        kept.set(one(key, bytes))
        model.set(key, bytes)
      }
      for (const known of [...model.keys()]) if (kept.peek(known) === undefined) model.delete(known)
      const bytes = [...model.values()].reduce((sum, each) => sum + each, 0)
      assert.deepEqual([kept.bytes, kept.size], [bytes, model.size])
      assert.ok(kept.bytes <= 500 && kept.size <= 60)
    }
  })
})
