/** What part of the thread is asked for by those of high priority. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../fault/seeded-random.ts'
import { HighLoad } from './high-load.ts'

const serviceMs = 5

/** Arrivals at random; the smallest and the largest share that was seen, once it had time to settle. */
function watch(load: number, seed: number): { min: number; max: number } {
  const random = seededRandom(seed)
  const high = new HighLoad()
  const seen = { min: Number.POSITIVE_INFINITY, max: 0 }
  for (let nowMs = 0, taken = 0; taken < 2_000; taken++) {
    nowMs += (-Math.log(1 - random()) * serviceMs) / load
    high.arrived(nowMs, serviceMs)
    if (taken < 200) continue
    const share = high.share(nowMs, serviceMs)
    seen.min = Math.min(seen.min, share)
    seen.max = Math.max(seen.max, share)
  }
  return seen
}

describe('HighLoad', () => {
  it('tells half of what can be done from all of it', () => {
    for (const seed of [1, 2, 3]) {
      const [half, whole, twice] = [watch(0.5, seed), watch(1, seed), watch(2, seed)]
      assert.ok(half.max < 0.95, `${half.max}`)
      assert.ok(whole.min > half.min && whole.max > half.max)
      assert.ok(twice.min > 1, `${twice.min}`)
    }
  })

  it('forgets what has passed', () => {
    const high = new HighLoad()
    for (let nowMs = 0; nowMs < 1_000; nowMs += serviceMs) high.arrived(nowMs, serviceMs)
    assert.ok(high.share(1_000, serviceMs) > 0.9)
    assert.ok(high.share(2_000, serviceMs) < 0.01)
  })

  it('begins anew with an overload: the calm before it does not hide that all of it is asked for', () => {
    const lagging = new HighLoad()
    const anew = new HighLoad()
    for (let nowMs = 0; nowMs < 1_000; nowMs += 20 * serviceMs)
      for (const high of [lagging, anew]) high.arrived(nowMs, serviceMs)
    anew.beginAnew(1_000)
    for (let nowMs = 1_000; nowMs < 1_000 + 15 * serviceMs; nowMs += serviceMs)
      for (const high of [lagging, anew]) high.arrived(nowMs, serviceMs)
    const atMs = 1_000 + 15 * serviceMs
    assert.ok(lagging.share(atMs, serviceMs) < 0.5, `${lagging.share(atMs, serviceMs)}`)
    assert.ok(anew.share(atMs, serviceMs) > 0.9, `${anew.share(atMs, serviceMs)}`)
  })

  it('takes a few at the beginning of an overload for no more than they are', () => {
    const high = new HighLoad()
    high.beginAnew(0)
    for (let at = 0; at < 3; at++) high.arrived(0, serviceMs)
    assert.ok(high.share(0, serviceMs) < 0.5, `${high.share(0, serviceMs)}`)
  })

  it('is nothing before the first', () => assert.equal(new HighLoad().share(1_000, serviceMs), 0))
})
