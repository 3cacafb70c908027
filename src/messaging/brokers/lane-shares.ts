/**
 * LaneShares: which member of a group reads which lanes, as one small record that members change by compare-and-set.
 *
 *   { members: { a: 7, b: 3 }, lanes: [a, a, b, null …] }     7: how often a has said that it lives
 *
 * Members compare no clocks: one whose number has not moved for a lease, by the watch of whoever looks, is dead.
 */

export interface LaneShares {
  readonly members: Readonly<Record<string, number>>
  /** The holder of each lane; null: nobody. */
  readonly lanes: readonly (string | null)[]
}

export interface ShareWish {
  readonly member: string
  isAlive(member: string, beat: number): boolean
  /** Whether this lane of ours can be given up right now: nothing of it is in hand. */
  isFree(lane: number): boolean
}

export function noShares(lanes: number): LaneShares {
  return { members: {}, lanes: Array.from({ length: lanes }, () => null) }
}

/** The record after `member` has said that it lives and taken, or given up, what makes its share a fair one. */
export function takeShare(shares: LaneShares, { member, isAlive, isFree }: ShareWish): LaneShares {
  const living = Object.entries(shares.members).filter(([name, beat]) => name === member || isAlive(name, beat))
  const members = { ...Object.fromEntries(living), [member]: (shares.members[member] ?? 0) + 1 }
  const share = Math.ceil(shares.lanes.length / Object.keys(members).length)
  let held = shares.lanes.filter((holder) => holder === member).length
  const lanes = shares.lanes.map((holder, lane) => {
    if (holder === member && held > share && isFree(lane)) {
      held--
      return null
    }
    const isTaken = holder !== null && Object.hasOwn(members, holder)
    if (isTaken) return holder
    if (held >= share) return null
    held++
    return member
  })
  return { members, lanes }
}

export function leaveShare(shares: LaneShares, member: string): LaneShares {
  const { [member]: _, ...members } = shares.members
  return { members, lanes: shares.lanes.map((holder) => (holder === member ? null : holder)) }
}
