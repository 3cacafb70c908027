/**
 * Memory: values of this process, within so many bytes. They are kept as they are, not copied: whoever gets one must not change it.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { Meter } from '../../telemetry/meter.ts'
import { badCache } from '../cache-errors.ts'
import type { CacheClaim, CacheClaimOptions, CacheEntry, CacheSetOptions, CacheStore } from '../cache-store.ts'
import { Sieve } from '../internal/sieve.ts'
import { sizeOf } from '../internal/size-of.ts'

export interface MemoryCacheStoreOptions {
  /** Room for keys and values, by estimate; default 64 MiB. */
  maxBytes?: number
  /** Default 1,000,000. */
  maxEntries?: number
  /** Label `store` of its metrics; default `memory`. */
  name?: string
  meter?: Meter
  clock?: Clock
}

/** @throws ServiceError `BAD_CACHE` for no room. */
export function memoryCacheStore(options: MemoryCacheStoreOptions = {}): MemoryCacheStore {
  return new MemoryCacheStore(options)
}

interface Kept {
  readonly key: string
  readonly bytes: number
  readonly entry: CacheEntry
  /** On the monotonic scale. */
  readonly untilMs: number
}

interface Claimed {
  readonly claim: string
  readonly untilMs: number
}

/** Claims end with the load; this bounds those whose loader never came back. */
const maxClaims = 100_000

export class MemoryCacheStore implements CacheStore {
  readonly #clock: Clock
  readonly #kept: Sieve<Kept>
  readonly #claims = new Map<string, Claimed>()
  #lastClaim = 0

  /** Use `memoryCacheStore()`. */
  constructor(options: MemoryCacheStoreOptions) {
    const { maxBytes = 64 * 2 ** 20, maxEntries = 1_000_000, name = 'memory', meter, clock = systemClock } = options
    if (!(maxBytes >= 1 && maxEntries >= 1)) throw badCache('A cache needs room for one byte and one entry at least')
    this.#clock = clock
    const evictions = meter
      ?.counter({ name: 'cache_evictions_total', help: 'Entries that made room for others.', labels: ['store'] })
      .labels({ store: name })
    this.#kept = new Sieve<Kept>({
      maxBytes,
      maxEntries,
      isDead: ({ untilMs }) => untilMs <= clock.monotonic(),
      onEvict: () => evictions?.add(),
    })
    meter?.gauge({
      name: 'cache_bytes',
      help: 'Room taken in memory, by estimate.',
      labels: ['store'],
      collect: (gauge) => gauge.labels({ store: name }).set(this.#kept.bytes),
    })
    meter?.gauge({
      name: 'cache_entries',
      help: 'Entries in memory.',
      labels: ['store'],
      collect: (gauge) => gauge.labels({ store: name }).set(this.#kept.size),
    })
  }

  get size(): number {
    return this.#kept.size
  }

  get bytes(): number {
    return this.#kept.bytes
  }

  get(key: string): CacheEntry | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    if (kept.untilMs > this.#clock.monotonic()) return kept.entry
    this.#kept.delete(key)
    return undefined
  }

  set(key: string, entry: CacheEntry | undefined, { keepMs, claim }: CacheSetOptions): boolean {
    if (claim !== undefined && this.#claims.get(key)?.claim !== claim) return false
    this.#claims.delete(key)
    if (entry === undefined) return true
    const bytes = 64 + key.length * 2 + sizeOf(entry.value)
    this.#kept.set({ key, bytes, entry, untilMs: this.#clock.monotonic() + keepMs })
    return true
  }

  claim(key: string, { forMs, nowMs, steals = false }: CacheClaimOptions): CacheClaim {
    if (!steals) {
      const entry = this.get(key)
      if (entry !== undefined && entry.freshUntilMs > nowMs) return { kind: 'fresh', entry }
      const present = this.#claims.get(key)
      if (present !== undefined && present.untilMs > this.#clock.monotonic()) return { kind: 'busy' }
    }
    const claim = `${++this.#lastClaim}`
    if (this.#claims.size >= maxClaims) this.#claims.delete(this.#claims.keys().next().value ?? key)
    this.#claims.set(key, { claim, untilMs: this.#clock.monotonic() + forMs })
    return { kind: 'mine', claim }
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) {
      this.#kept.delete(key)
      this.#claims.delete(key)
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#kept.clear()
    this.#claims.clear()
  }
}
