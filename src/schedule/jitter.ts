/** jitterOf: how long after its tick a run begins: spread over the ticks, and the same in every process, so that the first to come is no sooner. */

/** FNV-1a, 32 bits (Fowler, Noll, Vo), as a share of `jitterMs`. */
export function jitterOf({ name, jitterMs }: { name: string; jitterMs: number }, tickMs: number): number {
  if (jitterMs === 0) return 0
  let hash = 0x811c9dc5
  for (const character of `${name}@${tickMs}`) {
    hash ^= character.charCodeAt(0)
    hash = Math.imul(hash, 0x01000193)
  }
  // The last characters differ most, and FNV carries them up only: mix them down.
  hash ^= hash >>> 15
  return Math.floor(((hash >>> 0) / 2 ** 32) * jitterMs)
}
