/**
 * KafkaAssignment: which member of a group reads which partitions, so that none moves while its member still has something of it in hand.
 *
 *   join { held by me } ─▶ leader: everybody keeps up to a fair share of what they hold; what nobody holds goes to those with less
 *        └─ a partition that was held and is not assigned any more: its member ends what is in hand, lets go, and joins again ─▶ free
 *
 * The cooperative rebalancing of KIP-429, in a protocol of its own.
 */
import type { GroupPartitionsAssigner } from '@platformatic/kafka'

/** Members of one group must agree on it. */
export const protocolName = 'genever-cooperative'

export interface GroupMember {
  readonly id: string
  /** Partitions that it reads, or has something in hand of. */
  readonly held: readonly number[]
}

/** What each member may read; what is held beyond a share is assigned to nobody yet. */
export function shareOut(partitions: number, members: readonly GroupMember[]): Map<string, number[]> {
  const shares = new Map<string, number[]>()
  const taken = new Set<number>()
  const least = Math.floor(partitions / members.length)
  let larger = partitions % members.length
  // Those who hold most have the larger shares, so that less moves.
  const byHeld = [...members].sort((a, b) => b.held.length - a.held.length || (a.id < b.id ? -1 : 1))
  const room = new Map<string, number>()
  for (const { id, held } of byHeld) {
    const share = larger-- > 0 ? least + 1 : least
    const own = [...new Set(held)].filter((partition) => partition < partitions && !taken.has(partition))
    for (const partition of own) taken.add(partition)
    shares.set(id, own.slice(0, share))
    room.set(id, share - Math.min(own.length, share))
  }
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((at) => !taken.has(at))
  for (const [id, count] of room) shares.get(id)?.push(...free.splice(0, count))
  return shares
}

export function claimOf(held: readonly number[]): Buffer {
  return Buffer.from(JSON.stringify(held))
}

/** For the group's leader. */
export const assignPartitions: GroupPartitionsAssigner = (_leader, members, [topic = ''], metadata) => {
  const claims = [...members.values()].map(({ memberId, metadata: claim }) => ({ id: memberId, held: heldBy(claim) }))
  const shares = shareOut(metadata.topics.get(topic)?.partitionsCount ?? 0, claims)
  return [...shares].map(([memberId, partitions]) => ({
    memberId,
    assignments: new Map([[topic, { topic, partitions }]]),
  }))
}

function heldBy(claim: Buffer | string | undefined): number[] {
  const held: unknown = claim === undefined || claim.length === 0 ? [] : JSON.parse(claim.toString())
  return Array.isArray(held) ? held.filter((partition) => typeof partition === 'number') : []
}
