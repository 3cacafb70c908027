/** Sharing out: nobody gets what another still holds, everybody gets a fair share in the end, and little moves. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type GroupMember, shareOut } from './kafka-assignment.ts'

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

describe('shareOut', () => {
  const rows: { why: string; partitions: number; members: GroupMember[]; expected: Record<string, number[]> }[] = [
    {
      why: 'a member alone gets all',
      partitions: 4,
      members: [{ id: 'a', held: [] }],
      expected: { a: [0, 1, 2, 3] },
    },
    {
      why: 'a new member gets nothing as long as the other holds everything, which is told to let go of half',
      partitions: 4,
      members: [
        { id: 'a', held: [0, 1, 2, 3] },
        { id: 'b', held: [] },
      ],
      expected: { a: [0, 1], b: [] },
    },
    {
      why: 'what was let go of goes to the new member',
      partitions: 4,
      members: [
        { id: 'a', held: [0, 1] },
        { id: 'b', held: [] },
      ],
      expected: { a: [0, 1], b: [2, 3] },
    },
    {
      why: 'whoever holds most has the larger share',
      partitions: 5,
      members: [
        { id: 'a', held: [0, 1] },
        { id: 'b', held: [2, 3, 4] },
      ],
      expected: { a: [0, 1], b: [2, 3, 4] },
    },
    {
      why: 'more members than partitions: some have nothing',
      partitions: 1,
      members: [
        { id: 'a', held: [] },
        { id: 'b', held: [0] },
      ],
      expected: { a: [], b: [0] },
    },
    {
      why: 'what the topic does not have is not held',
      partitions: 2,
      members: [{ id: 'a', held: [1, 7] }],
      expected: { a: [1, 0] },
    },
  ]
  for (const { why, partitions, members, expected } of rows) {
    it(why, () => assert.deepEqual(Object.fromEntries(shareOut(partitions, members)), expected))
  }

  it('never gives one partition to two, nor what another holds, and comes to an end that is fair', () => {
    const groups = fc.record({
      partitions: fc.integer({ min: 1, max: 40 }),
      owners: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 40, maxLength: 40 }),
      count: fc.integer({ min: 1, max: 8 }),
    })
    fc.assert(
      fc.property(groups, ({ partitions, owners, count }) => {
        let members: GroupMember[] = range(0, count).map((id) => ({
          id: `m${id}`,
          held: range(0, partitions).filter((partition) => owners[partition] === id),
        }))
        // Twice: those who hold too much let go, and what they let go of is given away.
        for (let round = 0; round < 2; round++) {
          const shares = shareOut(partitions, members)
          const given = [...shares.values()].flat()
          assert.equal(new Set(given).size, given.length)
          for (const { id, held } of members) {
            for (const other of members) {
              if (other.id !== id) assert.ok(!shares.get(other.id)?.some((partition) => held.includes(partition)))
            }
          }
          members = members.map(({ id }) => ({ id, held: shares.get(id) ?? [] }))
        }
        const sizes = members.map(({ held }) => held.length)
        assert.equal(
          sizes.reduce((sum, size) => sum + size, 0),
          partitions,
        )
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
      }),
    )
  })
})
