/** Lanes are shared fairly, and those of the dead go to the living. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LaneShares, leaveShare, noShares, takeShare } from './lane-shares.ts'

const everybodyLives = { isAlive: () => true, isFree: () => true }

function heldBy({ lanes }: LaneShares, member: string | null): number {
  return lanes.filter((holder) => holder === member).length
}

/** Each says once that it lives, in this order. */
function turns(shares: LaneShares, ...members: string[]): LaneShares {
  return members.reduce((last, member) => takeShare(last, { member, ...everybodyLives }), shares)
}

describe('shares of lanes', () => {
  it('give everything to who is alone, and settle at even parts when others come', () => {
    assert.equal(heldBy(turns(noShares(16), 'a'), 'a'), 16)
    const settled = turns(noShares(16), 'a', 'b', 'a', 'b')
    assert.deepEqual([heldBy(settled, 'a'), heldBy(settled, 'b')], [8, 8])
    const three = turns(settled, 'c', 'a', 'b', 'c')
    assert.deepEqual([heldBy(three, 'a'), heldBy(three, 'b'), heldBy(three, 'c')], [6, 6, 4])
  })

  it('leave a lane with its holder as long as something of it is in hand', () => {
    const alone = turns(noShares(16), 'a')
    const joined = turns(alone, 'b')
    const kept = takeShare(joined, { member: 'a', isAlive: () => true, isFree: (lane) => lane > 12 })
    assert.equal(heldBy(kept, 'a'), 13)
  })

  it('give the lanes of the dead to the living, and none to two', () => {
    const both = turns(noShares(16), 'a', 'b', 'a', 'b')
    const after = takeShare(both, { member: 'b', isAlive: (member) => member !== 'a', isFree: () => true })
    assert.deepEqual(Object.keys(after.members), ['b'])
    assert.equal(heldBy(after, 'b'), 16)
  })

  it('count how often each has said that it lives, by which others know it', () => {
    assert.equal(turns(noShares(16), 'a', 'a', 'a').members.a, 3)
  })

  it('leave nothing with who leaves', () => {
    const left = leaveShare(turns(noShares(16), 'a', 'b', 'a', 'b'), 'a')
    assert.deepEqual([heldBy(left, 'a'), heldBy(left, null), Object.keys(left.members)], [0, 8, ['b']])
  })
})
