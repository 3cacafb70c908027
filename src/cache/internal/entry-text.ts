/**
 * A cache entry as text for a remote store:
 *
 *   1790000000000 v {"sku":"gin"}        fresh until, in milliseconds since the epoch; a value as JSON
 *   1790000000000 n                      there is no such thing
 */
import type { CacheEntry } from '../cache-store.ts'

export function entryText({ value, freshUntilMs }: CacheEntry): string {
  const until = Math.round(freshUntilMs)
  return value === undefined ? `${until} n ` : `${until} v ${JSON.stringify(value)}`
}

/** Undefined for anything else: what another program, or another version of this one, has put there is a miss. */
export function parseEntry(text: string): CacheEntry | undefined {
  const space = text.indexOf(' ')
  const freshUntilMs = Number(text.slice(0, space))
  if (space < 1 || !Number.isFinite(freshUntilMs) || text[space + 2] !== ' ') return undefined
  const kind = text[space + 1]
  if (kind === 'n') return { value: undefined, freshUntilMs }
  if (kind !== 'v') return undefined
  try {
    return { value: JSON.parse(text.slice(space + 3)), freshUntilMs }
  } catch {
    return undefined
  }
}
