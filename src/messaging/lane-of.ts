/** laneOf: messages of one key share a lane, in every process and at all times, so that their order can be kept. */

/** Lanes of a topic. More of them let more members of a group, or more relays, work at once. */
export const laneCount = 16

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
export function laneOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0) % laneCount
}
