/**
 * Cache: values by region and key, in memory, in Redis, or in memory before Redis.
 *
 *   region.get(key) ─▶ near (this process) ─▶ store (shared) ─▶ load, once of all who ask ─▶ both
 *                                               └ down: a small local store, and few loads at a time
 *   region.delete(key) ─▶ store, near ─▶ bus ─▶ the near stores of all other processes
 */
import { Semaphore } from '../concurrency/semaphore.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import type { CacheBus, CacheMessage } from './cache-bus.ts'
import { badCache } from './cache-errors.ts'
import type { CacheStore } from './cache-store.ts'
import { CacheMetrics } from './internal/cache-metrics.ts'
import { GuardedStore } from './internal/guarded-store.ts'
import { CacheRegion } from './region.ts'
import type { RegionOptions } from './region-options.ts'
import { MemoryCacheStore, memoryCacheStore } from './stores/memory.ts'

export interface CacheOptions {
  /** Default: in memory, 64 MiB. */
  store?: CacheStore
  /** Values of this process in front of a shared store, each no longer than the region's `nearTtlMs`. */
  near?: MemoryCacheStore
  /** Tells other processes what is no longer right; needed where several keep values in memory. */
  bus?: CacheBus
  /** Of the component and in metrics; default `cache`. */
  name?: string
  /** While a shared store is down: how long a value is kept by this process alone, in milliseconds. Default 5,000. */
  fallbackTtlMs?: number
  /** Then: room for such values; default 16 MiB. */
  fallbackBytes?: number
  /** Then: loads at a time, so that what stands behind the cache is not run over. Default 16. */
  maxFallbackLoads?: number
  /** How often a store that is down is tried; default 250. */
  retryMs?: number
  meter?: Meter
  log?: Logger
  clock?: Clock
  random?: () => number
}

/**
 * Opens nothing until it is started. A component: `service.add(cache)` saves what is still to be saved when the service drains.
 *
 * @throws ServiceError `BAD_CACHE` for options that cannot be.
 */
export function createCache(options: CacheOptions = {}): Cache {
  return new Cache(options)
}

export class Cache implements Component {
  readonly name: string
  readonly #options: CacheOptions
  readonly #clock: Clock
  readonly #log: Logger
  readonly #metrics: CacheMetrics
  readonly #store: CacheStore
  readonly #guard: GuardedStore | undefined
  readonly #loads: Semaphore
  readonly #regions = new Map<string, Pick<CacheRegion<never, never>, 'drain' | 'heard'>>()
  readonly #id = crypto.randomUUID()
  #leaveBus: (() => Promise<void>) | undefined

  /** Use `createCache()`. */
  constructor(options: CacheOptions) {
    const { name = 'cache', store, clock = systemClock, log = noopLogger, maxFallbackLoads = 16 } = options
    this.name = name
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.#metrics = new CacheMetrics(name, options.meter)
    this.#loads = new Semaphore(maxFallbackLoads)
    if (store === undefined || store instanceof MemoryCacheStore) {
      if (options.near !== undefined)
        throw badCache('`near` stands in front of a shared store; this one is in memory already')
      this.#store = store ?? memoryCacheStore({ clock, ...(options.meter && { meter: options.meter }) })
      this.#guard = undefined
    } else {
      this.#guard = this.#guarded(store)
      this.#store = this.#guard
    }
  }

  /**
   * Values of one kind. Its name is part of their keys, so it is the same in every process that shares them.
   *
   * @throws ServiceError `BAD_CACHE` if the name is taken or an option cannot be.
   */
  region<V, K = string>(name: string, options: RegionOptions<K, V> = {}): CacheRegion<K, V> {
    if (this.#regions.has(name)) throw badCache(`There are two cache regions named '${name}'; rename one`)
    const { near, random = Math.random } = this.#options
    const region = new CacheRegion<K, V>(name, options, {
      cache: this.name,
      store: this.#store,
      isShared: this.#guard !== undefined,
      near,
      clock: this.#clock,
      random,
      log: this.#log,
      metrics: this.#metrics.region(name),
      loadTurn: () => this.#loadTurn(),
      tell: (kind, keys) => this.#tell({ from: this.#id, kind, region: name, keys }),
    })
    this.#regions.set(name, region)
    return region
  }

  /** Listens to other processes. */
  async start(): Promise<void> {
    this.#leaveBus = await this.#options.bus?.subscribe({
      onMessage: (message) => this.#heard(message),
      onGap: () => this.#forgetNear(),
    })
  }

  /** Saves what was written behind. */
  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#regions.values()].map((region) => region.drain(signal)))
  }

  async stop(): Promise<void> {
    this.#guard?.stop()
    await this.#leaveBus?.()
  }

  health(): ComponentHealth {
    if (this.#guard?.isDown !== true) return { status: 'UP' }
    return { status: 'DEGRADED', error: 'the shared store does not answer; this process caches by itself' }
  }

  #guarded(store: CacheStore): GuardedStore {
    const { fallbackTtlMs = 5_000, fallbackBytes = 16 * 2 ** 20, retryMs = 250 } = this.#options
    return new GuardedStore({
      store,
      local: memoryCacheStore({ maxBytes: fallbackBytes, clock: this.#clock }),
      clock: this.#clock,
      localMs: fallbackTtlMs,
      retryMs,
      onDown: (error) => {
        this.#metrics.up(false)
        this.#log.warn('the shared cache is down; this process caches by itself', { cache: this.name, error })
      },
      onUp: () => {
        this.#metrics.up(true)
        this.#log.info('the shared cache is back', { cache: this.name })
      },
      onFallback: () => this.#metrics.fellBack(),
      onForgotten: () => this.#metrics.forgot(),
    })
  }

  /** While the shared store is down, loads take turns. Resolves with what ends the turn. */
  async #loadTurn(): Promise<() => void> {
    if (this.#guard?.isDown !== true) return () => undefined
    await this.#loads.acquire()
    return () => this.#loads.release()
  }

  async #tell(message: CacheMessage): Promise<void> {
    try {
      await this.#options.bus?.publish(message)
    } catch (error) {
      this.#log.warn('other processes could not be told of a change in the cache', { cache: this.name, error })
    }
  }

  #heard({ from, kind, region, keys }: CacheMessage): void {
    if (from !== this.#id) this.#regions.get(region)?.heard(kind, keys)
  }

  #forgetNear(): void {
    const { near, store, bus } = this.#options
    near?.clear()
    if (bus !== undefined && (store === undefined || store instanceof MemoryCacheStore)) {
      ;(this.#store as MemoryCacheStore).clear()
    }
  }
}
