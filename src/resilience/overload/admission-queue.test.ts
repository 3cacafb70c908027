import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AdmissionQueue } from './admission-queue.ts'
import type { Priority } from './priority.ts'

function bench(maxQueued?: number) {
  const dropped: string[] = []
  const queue = new AdmissionQueue<string>({
    ...(maxQueued === undefined ? {} : { maxQueued }),
    dropped: (item, why) => dropped.push(`${item} ${why}`),
  })
  const push = (item: string, nowMs: number, priority: Priority = 'normal', deadlineMs = Number.POSITIVE_INFINITY) =>
    queue.push(item, { nowMs, priority, deadlineMs })
  const drain = (nowMs: number, order?: 'newest' | 'oldest'): string[] => {
    const items: string[] = []
    for (let item = queue.shift(nowMs, order); item !== undefined; item = queue.shift(nowMs, order)) items.push(item)
    return items
  }
  return { queue, push, drain, dropped }
}

describe('AdmissionQueue', () => {
  it('serves the highest priority first, and of one the newest', () => {
    const { push, drain } = bench()
    push('low', 0, 'low')
    push('a', 1)
    push('b', 2)
    push('vip', 0, 'high')
    push('probe', 0, 'health')
    assert.deepEqual(drain(3), ['probe', 'vip', 'b', 'a', 'low'])
  })

  it('serves the oldest first where nothing is wrong', () => {
    const { push, drain } = bench()
    for (const item of ['a', 'b', 'c']) push(item, 0)
    assert.deepEqual(drain(0, 'oldest'), ['a', 'b', 'c'])
  })

  const full = [
    { arrives: 'normal', left: ['new', 'b', 'low2'], dropped: 'low1 full', why: 'the oldest of the lowest goes' },
    { arrives: 'low', left: ['b', 'new', 'low2'], dropped: 'low1 full', why: 'also for one of its own kind' },
    { arrives: 'health', left: ['new', 'b', 'low2'], dropped: 'low1 full', why: 'a probe always has room' },
  ] as const
  for (const { arrives, left, dropped, why } of full) {
    it(`makes room for ${arrives}: ${why}`, () => {
      const tested = bench(3)
      tested.push('low1', 0, 'low')
      tested.push('low2', 1, 'low')
      tested.push('b', 2)
      tested.push('new', 3, arrives)
      assert.deepEqual([tested.drain(4), tested.dropped], [left, [dropped]])
    })
  }

  it('turns away one that is lower than all who wait', () => {
    const { push, drain, dropped } = bench(1)
    push('vip', 0, 'high')
    push('new', 1, 'low')
    assert.deepEqual([drain(2), dropped], [['vip'], ['new full']])
  })

  it('does not serve those who have given up', () => {
    const { push, drain, dropped } = bench()
    push('a', 0, 'normal', 100)
    push('b', 0, 'normal', 50)
    assert.deepEqual([drain(50), dropped], [['a'], ['b deadline']])
  })

  it('drops who waited too long, from the bottom; never a probe', () => {
    const { queue, push, drain, dropped } = bench()
    push('probe', 0, 'health')
    push('vip', 0, 'high')
    push('a', 0)
    push('b', 10)
    push('c', 20)
    assert.equal(queue.longestWaitMs(25), 25)
    queue.expire(25, (priority) => (priority === 'high' ? 100 : 10))
    assert.deepEqual(dropped, ['a waited', 'b waited'])
    assert.equal(queue.length, 3)
    assert.deepEqual(drain(25), ['probe', 'vip', 'c'])
  })

  it('keeps its count and order through thousands of arrivals at both ends', () => {
    const { queue, push, dropped } = bench(200)
    let served = 0
    for (let at = 0; at < 10_000; at++) {
      push(`${at}`, at)
      if (at % 3 === 0 && queue.shift(at, at % 2 === 0 ? 'newest' : 'oldest') !== undefined) served++
      assert.ok(queue.length <= 200)
    }
    assert.equal(queue.length + served + dropped.length, 10_000)
  })
})
