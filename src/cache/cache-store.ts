/**
 * CacheStore: where cached values are kept, and who is loading one right now.
 *
 *   get ─▶ entry │ nothing ─▶ claim ─▶ mine ──▶ load ─▶ set, under the claim
 *                               ├─ fresh: another was quicker       └─ refused if the key was deleted meanwhile: what was
 *                               └─ busy: another is loading             loaded may be older than what deleted it
 */

export interface CacheStore {
  get(key: string): Eventually<CacheEntry | undefined>
  /** False if the claim is over, and so nothing was kept. Without an entry the claim is given up, and what is there stays. */
  set(key: string, entry: CacheEntry | undefined, options: CacheSetOptions): Eventually<boolean>
  /** Makes the caller the one who loads the key, until it sets it, deletes it or `forMs` have passed. */
  claim(key: string, options: CacheClaimOptions): Eventually<CacheClaim>
  /** Entries and claims. */
  delete(keys: readonly string[]): Eventually<void>
}

export type Eventually<T> = T | Promise<T>

export interface CacheEntry {
  /** JSON; undefined says that there is no such thing. */
  readonly value: unknown
  /** Wall time in milliseconds; after it the entry is stale. */
  readonly freshUntilMs: number
}

export interface CacheSetOptions {
  /** How long the entry is kept, stale or not, in milliseconds. */
  readonly keepMs: number
  /** Keep it only if this claim still stands. */
  readonly claim?: string
}

export interface CacheClaimOptions {
  readonly forMs: number
  /** Wall time: an entry that is fresh then is given instead of a claim. */
  readonly nowMs: number
  /** Take it from whoever has it, whatever there is: for those who are about to write. Default false. */
  readonly steals?: boolean
}

export type CacheClaim =
  | { readonly kind: 'mine'; readonly claim: string }
  | { readonly kind: 'fresh'; readonly entry: CacheEntry }
  | { readonly kind: 'busy' }
