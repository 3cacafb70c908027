/**
 * CacheRegion: values of one kind, by key.
 *
 *   get ─▶ fresh ───▶ it
 *    ├───▶ stale ───▶ it, and a refresh in the background
 *    └───▶ nothing ─▶ load, once of all who ask ─▶ keep ─▶ it
 *   write ─▶ save, keep │ keep, save later          delete ─▶ here, in the store, in all processes
 */
import { validate } from '../schema/validate.ts'
import { badCache, notLoadable, notWritable } from './cache-errors.ts'
import type { CacheEntry } from './cache-store.ts'
import { NearLayer } from './internal/near-layer.ts'
import { RegionLoads } from './internal/region-loads.ts'
import type { RegionParts } from './internal/region-parts.ts'
import { WriteBehind } from './internal/write-behind.ts'
import {
  type CacheLoader,
  type CommitHooks,
  type RegionOptions,
  type RegionSettings,
  settingsOf,
  type WriteBehindSettings,
} from './region-options.ts'

export class CacheRegion<K, V> {
  readonly name: string
  readonly #options: RegionOptions<K, V>
  readonly #parts: RegionParts
  readonly #settings: RegionSettings
  readonly #prefix: string
  readonly #near: NearLayer | undefined
  readonly #loads: RegionLoads<K, V>
  readonly #behind: WriteBehind<K, V> | undefined

  /** Use `cache.region()`. @internal */
  constructor(name: string, options: RegionOptions<K, V>, parts: RegionParts) {
    const settings = settingsOf(options)
    const { near, clock } = parts
    this.name = name
    this.#options = options
    this.#parts = parts
    this.#settings = settings
    this.#prefix = `${name}${options.version === undefined ? '' : `@${options.version}`}:`
    this.#near = near && new NearLayer({ store: near, clock, ttlMs: settings.nearTtlMs })
    this.#loads = new RegionLoads<K, V>({
      ...{ region: name, settings, parts, near: this.#near },
      check: (entry) => this.#check(entry),
      entryOf: (value) => this.#entryOf(value),
    })
    this.#behind = options.writeBehind && this.#createBehind(options.writeBehind)
  }

  /**
   * The value, from the cache or from where it comes; undefined if there is no such thing.
   *
   * @throws what `load` throws, `CACHE_NO_LOADER` without one, why the context was cancelled.
   */
  get(key: K, load: CacheLoader<K, V> | undefined = this.#options.load): Promise<V | undefined> {
    const name = this.#nameOf(key)
    const { metrics, store } = this.#parts
    const pending = this.#behind?.get(name)
    if (pending !== undefined) {
      metrics.asked('pending')
      return Promise.resolve(pending.value)
    }
    const kept = this.#near?.get(name)
    if (kept !== undefined) {
      metrics.asked('near')
      return Promise.resolve(kept.value as V | undefined)
    }
    const nearClaim = this.#near?.claim(name)
    const found = store.get(name)
    const use = (entry: CacheEntry | undefined): Promise<V | undefined> | V | undefined =>
      entry === undefined ? this.#miss(key, name, load) : this.#found(entry, { key, name, load, nearClaim })
    // A hit in memory costs no further turn of promises, and one in Redis one only.
    return found instanceof Promise ? found.then(use) : Promise.resolve(use(found))
  }

  /** Puts a value into the cache, and nowhere else. */
  async set(key: K, value: V): Promise<void> {
    const name = this.#nameOf(key)
    await this.#parts.store.set(name, this.#entryOf(value), { keepMs: this.#keepMs })
    this.#near?.delete([name])
    await this.#parts.tell('delete', [name])
  }

  /**
   * Saves a value and keeps it: by `save` first, or with `writeBehind` a little later.
   *
   * @throws what `save` throws; `CACHE_NO_WRITER` without one; `CACHE_WRITES_FULL` (503) if too many wait to be saved.
   */
  async write(key: K, value: V): Promise<void> {
    if (this.#behind === undefined) return this.#writeThrough(key, value)
    this.#behind.add(this.#nameOf(key), key, value)
    this.#parts.metrics.pending(this.#behind.size)
    return this.set(key, value)
  }

  /** Forgets values everywhere: here, in the shared store, in all processes. What is being loaded right now is not kept. */
  async delete(...keys: readonly K[]): Promise<void> {
    const names = keys.map((key) => this.#nameOf(key))
    this.#forget(names)
    await this.#parts.store.delete(names)
    // What somebody has read from the store a moment ago.
    this.#forget(names)
    await this.#parts.tell('delete', names)
  }

  /** As `delete`, once the transaction has committed: before that, others would load the old value again. `db` will do for `hooks`. */
  deleteAfterCommit(hooks: CommitHooks, ...keys: readonly K[]): void {
    hooks.onCommit(() => this.delete(...keys))
  }

  /** Loads anew, whatever is there, and has other processes take the new value. @throws as `get`. */
  async refresh(key: K, load: CacheLoader<K, V> | undefined = this.#options.load): Promise<V | undefined> {
    if (load === undefined) throw notLoadable(this.name)
    const name = this.#nameOf(key)
    this.#near?.delete([name])
    const value = await this.#loads.anew({ key, name, load })
    await this.#parts.tell('refresh', [name])
    return value
  }

  /** @internal Another process says so. */
  heard(kind: 'delete' | 'refresh', names: readonly string[]): void {
    const { isShared, store } = this.#parts
    const kept = kind === 'refresh' ? names.filter((name) => this.#near?.get(name) !== undefined) : []
    this.#forget(names)
    if (!isShared) void store.delete(names)
    for (const name of kept) void this.#warmNear(name)
  }

  /** @internal */
  async drain(signal: AbortSignal): Promise<void> {
    await this.#behind?.drain(signal)
  }

  #found(entry: CacheEntry, asked: Asked<K, V>): Promise<V | undefined> | V | undefined {
    const isFresh = entry.freshUntilMs > this.#parts.clock.now()
    if (!isFresh && this.#settings.staleMs === 0) return this.#miss(asked.key, asked.name, asked.load)
    if (!this.#mustCheck(entry)) return this.#give(entry, isFresh, asked)
    return this.#check(entry).then((checked) =>
      checked === undefined ? this.#miss(asked.key, asked.name, asked.load) : this.#give(checked, isFresh, asked),
    )
  }

  #give(entry: CacheEntry, isFresh: boolean, { key, name, load, nearClaim }: Asked<K, V>): V | undefined {
    const { metrics } = this.#parts
    if (isFresh) {
      metrics.asked(entry.value === undefined ? 'negative' : 'hit')
      this.#near?.keep(name, entry, nearClaim)
    } else {
      metrics.asked('stale')
      if (load !== undefined) this.#loads.inBackground({ key, name, load })
    }
    return entry.value as V | undefined
  }

  #miss(key: K, name: string, load: CacheLoader<K, V> | undefined): Promise<V | undefined> {
    this.#parts.metrics.asked('miss')
    if (load === undefined) return Promise.reject(notLoadable(this.name))
    return this.#loads.once({ key, name, load })
  }

  /** Whoever else writes or deletes meanwhile ends our claim: then nobody knows which value is the last, and none is kept. */
  async #writeThrough(key: K, value: V): Promise<void> {
    const { save } = this.#options
    if (save === undefined) throw notWritable(this.name)
    const { store, clock, tell } = this.#parts
    const name = this.#nameOf(key)
    const answer = await store.claim(name, { forMs: this.#settings.loadTimeoutMs, nowMs: clock.now(), steals: true })
    const claim = answer.kind === 'mine' ? answer.claim : ''
    try {
      await save(key, value)
    } catch (error) {
      // It may have been saved all the same.
      await this.delete(key)
      throw error
    }
    const isKept = await store.set(name, this.#entryOf(value), { keepMs: this.#keepMs, claim })
    if (!isKept) return this.delete(key)
    this.#forget([name])
    await tell('delete', [name])
  }

  #createBehind(settings: WriteBehindSettings<K, V>): WriteBehind<K, V> {
    const { delayMs = 100, maxPending = 10_000, maxBatch = 100 } = settings
    const saveMany = settings.saveMany ?? this.#saveEach()
    const { clock, metrics, log, cache } = this.#parts
    return new WriteBehind<K, V>({
      ...{ region: this.name, save: saveMany, clock, delayMs, maxPending, maxBatch },
      onSaved: (count) => {
        metrics.saved('ok', count)
        metrics.pending(this.#behind?.size ?? 0)
      },
      onFailed: (error) => {
        metrics.saved('failed', 1)
        const where = { cache, region: this.name }
        log.error('changes of the cache could not be saved; they will be tried again', { ...where, error })
      },
    })
  }

  #saveEach(): (entries: readonly (readonly [K, V])[]) => Promise<void> {
    const { save } = this.#options
    if (save === undefined) throw badCache('`writeBehind` needs `saveMany` or `save`')
    return async (entries) => {
      for (const [key, value] of entries) await save(key, value)
    }
  }

  async #warmNear(name: string): Promise<void> {
    const claim = this.#near?.claim(name)
    const entry = await this.#parts.store.get(name)
    const checked = entry && (await this.#check(entry))
    if (checked !== undefined) this.#near?.keep(name, checked, claim)
  }

  #forget(names: readonly string[]): void {
    this.#near?.delete(names)
    this.#loads.forget(names)
  }

  #mustCheck({ value }: CacheEntry): boolean {
    return this.#parts.isShared && value !== undefined && this.#options.schema !== undefined
  }

  /** The entry as the schema gives it; undefined if it does not take it. */
  async #check(entry: CacheEntry): Promise<CacheEntry | undefined> {
    const { schema } = this.#options
    if (schema === undefined || !this.#mustCheck(entry)) return entry
    const { value, errors } = await validate(schema, entry.value, 'body')
    return errors === undefined ? { value, freshUntilMs: entry.freshUntilMs } : undefined
  }

  #entryOf(value: V | undefined): CacheEntry {
    const { ttlMs, negativeTtlMs, jitterRatio } = this.#settings
    const lifeMs = value === undefined ? negativeTtlMs : ttlMs
    return { value, freshUntilMs: this.#parts.clock.now() + lifeMs * (1 - jitterRatio * this.#parts.random()) }
  }

  get #keepMs(): number {
    return this.#settings.ttlMs + this.#settings.staleMs
  }

  #nameOf(key: K): string {
    if (typeof key === 'string') return this.#prefix + key
    if (typeof key === 'number') return `${this.#prefix}${key}`
    const { keyOf } = this.#options
    if (keyOf !== undefined) return this.#prefix + keyOf(key)
    throw badCache(`A key of the cache region '${this.name}' is of type ${typeof key}; give it \`keyOf\``)
  }
}

interface Asked<K, V> {
  readonly key: K
  readonly name: string
  readonly load: CacheLoader<K, V> | undefined
  readonly nearClaim: string | undefined
}
