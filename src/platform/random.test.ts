import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fillRandom } from './random.ts'

describe('fillRandom', () => {
  it('fills every part of the array, the first time as later', () => {
    for (let round = 0; round < 12; round++) {
      const bytes = new Uint8Array(4_096)
      fillRandom(bytes)
      // 4,096 random bytes hold nearly all of the 256 values, in each quarter more than half of them.
      for (let quarter = 0; quarter < 4; quarter++) {
        assert.ok(new Set(bytes.subarray(quarter * 1_024, (quarter + 1) * 1_024)).size > 200)
      }
    }
  })

  it('gives others each time', () => {
    const [a, b] = [new Uint8Array(32), new Uint8Array(32)]
    fillRandom(a)
    fillRandom(b)
    assert.notDeepEqual(a, b)
  })

  it('fills a part of a larger array and nothing beside it', () => {
    const bytes = new Uint8Array(96)
    fillRandom(bytes.subarray(32, 64))
    assert.deepEqual([...bytes.subarray(0, 32), ...bytes.subarray(64)], Array(64).fill(0))
  })
})
