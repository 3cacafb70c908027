import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Deque } from './deque.ts'

describe('Deque', () => {
  it('behaves as an array, through growth and around the end of the ring', () => {
    const deque = new Deque<number>()
    const model: number[] = []
    // A fixed walk that visits all operations at all lengths up to some hundred.
    for (let step = 0; step < 5_000; step++) {
      const kind = (step * 7919) % 13
      if (kind < 4) assert.equal(deque.push(step), void model.push(step))
      else if (kind < 7) assert.equal(deque.unshift(step), void model.unshift(step))
      else if (kind < 10) assert.equal(deque.shift(), model.shift())
      else if (step % 97 !== 0) assert.equal(deque.pop(), model.pop())
      assert.equal(deque.length, model.length)
    }
    for (const expected of model) assert.equal(deque.shift(), expected)
    assert.equal(deque.shift(), undefined)
    assert.equal(deque.pop(), undefined)
  })

  it('is empty after clear', () => {
    const deque = new Deque<number>()
    deque.push(1)
    deque.clear()
    assert.deepEqual([deque.length, deque.shift()], [0, undefined])
  })
})
