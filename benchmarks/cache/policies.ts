/** Ways to choose what a full cache drops: ours, the usual one, and the one with the best name. Entries are of one size. */
import { Sieve } from '../../src/cache/internal/sieve.ts'

export interface EvictionPolicy {
  /** Whether the key was there; it is from now on, if the policy takes it. */
  request(key: number): boolean
}

export type PolicyMaker = (capacity: number) => EvictionPolicy

export const policies: Readonly<Record<string, PolicyMaker>> = {
  LRU: (capacity) => new Lru(capacity),
  SIEVE: (capacity) => new SievePolicy(capacity),
  'W-TinyLFU': (capacity) => new WindowTinyLfu(capacity),
}

class Lru implements EvictionPolicy {
  readonly #capacity: number
  readonly #keys = new Set<number>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  request(key: number): boolean {
    const isHit = this.#keys.delete(key)
    this.add(key)
    return isHit
  }

  /** What had to go. */
  add(key: number): number | undefined {
    this.#keys.add(key)
    return this.#keys.size > this.#capacity ? this.take() : undefined
  }

  has(key: number): boolean {
    return this.#keys.has(key)
  }

  delete(key: number): boolean {
    return this.#keys.delete(key)
  }

  oldest(): number | undefined {
    return this.#keys.values().next().value
  }

  take(): number | undefined {
    const oldest = this.oldest()
    if (oldest !== undefined) this.#keys.delete(oldest)
    return oldest
  }

  get isFull(): boolean {
    return this.#keys.size >= this.#capacity
  }
}

class SievePolicy implements EvictionPolicy {
  readonly #sieve: Sieve<{ key: string; bytes: number }>

  constructor(capacity: number) {
    this.#sieve = new Sieve({ maxBytes: capacity, maxEntries: capacity, isDead: () => false, onEvict: () => undefined })
  }

  request(key: number): boolean {
    const name = String(key)
    if (this.#sieve.get(name) !== undefined) return true
    this.#sieve.set({ key: name, bytes: 1 })
    return false
  }
}

/** Einziger et al., "TinyLFU", 2017, with the shares of Caffeine: a window of 1 %, then a segmented LRU of which 80 % is protected. */
class WindowTinyLfu implements EvictionPolicy {
  readonly #window: Lru
  readonly #probation: Lru
  readonly #protected: Lru
  readonly #sketch: FrequencySketch

  constructor(capacity: number) {
    const windowSize = Math.max(1, Math.round(capacity * 0.01))
    const protectedSize = Math.round((capacity - windowSize) * 0.8)
    this.#window = new Lru(windowSize)
    this.#protected = new Lru(protectedSize)
    this.#probation = new Lru(capacity - windowSize - protectedSize)
    this.#sketch = new FrequencySketch(capacity)
  }

  request(key: number): boolean {
    this.#sketch.increment(key)
    if (this.#window.has(key)) return this.#window.request(key)
    if (this.#protected.has(key)) return this.#protected.request(key)
    if (this.#probation.delete(key)) {
      const demoted = this.#protected.add(key)
      if (demoted !== undefined) this.#probation.add(demoted)
      return true
    }
    const candidate = this.#window.add(key)
    if (candidate !== undefined) this.#admit(candidate)
    return false
  }

  #admit(candidate: number): void {
    const victim = this.#probation.isFull ? this.#probation.oldest() : undefined
    if (victim !== undefined && this.#sketch.frequency(candidate) <= this.#sketch.frequency(victim)) return
    this.#probation.add(candidate)
  }
}

/** How often a key was seen, up to 15, in four counters of which the lowest is right; all are halved now and then. */
class FrequencySketch {
  readonly #counters: Uint8Array
  readonly #mask: number
  readonly #sampleSize: number
  #additions = 0

  constructor(capacity: number) {
    const width = 2 ** Math.ceil(Math.log2(capacity * 4))
    this.#counters = new Uint8Array(width)
    this.#mask = width - 1
    this.#sampleSize = capacity * 10
  }

  increment(key: number): void {
    for (const place of this.#places(key)) this.#counters[place] = Math.min(15, (this.#counters[place] ?? 0) + 1)
    if (++this.#additions < this.#sampleSize) return
    this.#additions >>= 1
    for (let at = 0; at < this.#counters.length; at++) this.#counters[at] = (this.#counters[at] ?? 0) >> 1
  }

  frequency(key: number): number {
    return Math.min(...this.#places(key).map((place) => this.#counters[place] ?? 0))
  }

  #places(key: number): number[] {
    return [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f].map((seed) => {
      const mixed = Math.imul(key ^ seed, seed)
      return (mixed ^ (mixed >>> 15)) & this.#mask
    })
  }
}
