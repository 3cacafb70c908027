/**
 * NearLayer: what this process keeps in front of a shared store, and how it does not keep what was deleted while it was fetched.
 *
 *   claim ─▶ fetch from the store ─▶ keep, under the claim        a deletion in between ends the claim
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { CacheEntry } from '../cache-store.ts'
import type { MemoryCacheStore } from '../stores/memory.ts'

export interface NearLayerOptions {
  readonly store: MemoryCacheStore
  readonly clock: Clock
  readonly ttlMs: number
}

/** Longer than any answer of a store takes. */
const claimMs = 30_000

export class NearLayer {
  readonly #options: NearLayerOptions

  constructor(options: NearLayerOptions) {
    this.#options = options
  }

  /** Only what is fresh. */
  get(name: string): CacheEntry | undefined {
    const { store, clock } = this.#options
    const entry = store.get(name)
    return entry !== undefined && entry.freshUntilMs > clock.now() ? entry : undefined
  }

  claim(name: string): string | undefined {
    const claim = this.#options.store.claim(name, { forMs: claimMs, nowMs: 0, steals: true })
    return claim.kind === 'mine' ? claim.claim : undefined
  }

  keep(name: string, entry: CacheEntry, claim: string | undefined): void {
    const { store, clock, ttlMs } = this.#options
    const keepMs = Math.min(ttlMs, entry.freshUntilMs - clock.now())
    if (claim === undefined || keepMs <= 0) return
    store.set(name, { value: entry.value, freshUntilMs: clock.now() + keepMs }, { keepMs, claim })
  }

  delete(names: readonly string[]): void {
    this.#options.store.delete(names)
  }
}
