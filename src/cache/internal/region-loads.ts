/**
 * RegionLoads: values are loaded once, whoever asks, in whatever process.
 *
 *   load ─▶ somebody here is at it? ─yes─▶ wait with them
 *             └no─▶ claim ─mine──▶ load, within its time ─▶ keep, unless it was deleted meanwhile
 *                     ├fresh─▶ another process was quicker
 *                     └busy──▶ another process is at it: look again, soon
 */
import { Singleflight } from '../../concurrency/singleflight.ts'
import { sleep } from '../../concurrency/sleep.ts'
import { Context } from '../../foundation/context/context.ts'
import { currentSpan } from '../../telemetry/tracer.ts'
import type { CacheEntry } from '../cache-store.ts'
import type { CacheLoader, RegionSettings } from '../region-options.ts'
import type { NearLayer } from './near-layer.ts'
import type { RegionParts } from './region-parts.ts'

export interface RegionLoadsOptions<V> {
  readonly region: string
  readonly settings: RegionSettings
  readonly parts: RegionParts
  readonly near: NearLayer | undefined
  /** The entry as the region gives it; undefined if it is none of the region's. */
  check(entry: CacheEntry): Promise<CacheEntry | undefined>
  entryOf(value: V | undefined): CacheEntry
}

export interface Wanted<K, V> {
  readonly key: K
  readonly name: string
  readonly load: CacheLoader<K, V>
}

const firstPollMs = 4
const maxPollMs = 50

export class RegionLoads<K, V> {
  readonly #options: RegionLoadsOptions<V>
  readonly #flights = new Singleflight<string, V | undefined>()

  constructor(options: RegionLoadsOptions<V>) {
    this.#options = options
  }

  /** Unless it is fresh in the store. */
  once(wanted: Wanted<K, V>): Promise<V | undefined> {
    return this.#flights.do(wanted.name, (context) => this.#loadOnce(wanted, context))
  }

  /** Whatever is in the store. */
  anew(wanted: Wanted<K, V>): Promise<V | undefined> {
    this.forget([wanted.name])
    return this.#flights.do(wanted.name, (context) => this.#loadAnew(wanted, context))
  }

  /** Not part of the request that met a stale value: neither its deadline nor its end concern it. */
  inBackground(wanted: Wanted<K, V>): void {
    const { parts, settings, region } = this.#options
    const context = new Context({ clock: parts.clock, timeoutMs: settings.loadTimeoutMs })
    void context
      .run(() => this.once(wanted))
      .catch((error: unknown) => {
        parts.log.warn('a stale value of the cache could not be refreshed', { cache: parts.cache, region, error })
      })
      .finally(() => context.finish())
  }

  /** Who asks from now on does not get what is being loaded. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#flights.forget(name)
  }

  async #loadOnce(wanted: Wanted<K, V>, context: Context): Promise<V | undefined> {
    const { settings, parts, check } = this.#options
    const { store, clock, random } = parts
    const { loadTimeoutMs } = settings
    const untilMs = clock.monotonic() + loadTimeoutMs
    let steals = false
    for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, maxPollMs)) {
      const answer = await store.claim(wanted.name, { forMs: loadTimeoutMs, nowMs: clock.now(), steals })
      if (answer.kind === 'mine') return this.#loadUnder(answer.claim, wanted, context)
      const found = answer.kind === 'fresh' ? await check(answer.entry) : undefined
      if (found !== undefined) return found.value as V | undefined
      // Neither one who never comes back nor a value that is none of ours can keep us for long.
      steals = answer.kind === 'fresh' || clock.monotonic() >= untilMs
      if (!steals) await sleep(pollMs * (0.5 + random() / 2), context)
    }
  }

  async #loadAnew(wanted: Wanted<K, V>, context: Context): Promise<V | undefined> {
    const { settings, parts } = this.#options
    const forMs = settings.loadTimeoutMs
    const answer = await parts.store.claim(wanted.name, { forMs, nowMs: parts.clock.now(), steals: true })
    return this.#loadUnder(answer.kind === 'mine' ? answer.claim : '', wanted, context)
  }

  async #loadUnder(claim: string, { key, name, load }: Wanted<K, V>, context: Context): Promise<V | undefined> {
    const { settings, parts, near, entryOf } = this.#options
    let value: V | undefined
    try {
      value = await this.#timed((limit) => load(key, limit), context)
    } catch (error) {
      await parts.store.set(name, undefined, { keepMs: 1, claim })
      throw error
    }
    const keepMs = value === undefined ? settings.negativeTtlMs : settings.ttlMs + settings.staleMs
    const entry = keepMs === 0 ? undefined : entryOf(value)
    const nearClaim = near?.claim(name)
    const isKept = await parts.store.set(name, entry, { keepMs, claim })
    if (isKept && entry !== undefined) near?.keep(name, entry, nearClaim)
    return value
  }

  /** With its duration, its span and its limit in time; and in its turn, while the shared store is down. */
  async #timed(
    load: (context: Context) => V | undefined | Promise<V | undefined>,
    context: Context,
  ): Promise<V | undefined> {
    const { settings, parts, region } = this.#options
    const { clock, metrics, cache } = parts
    const endTurn = await parts.loadTurn()
    const limit = new Context({ parent: context, timeoutMs: settings.loadTimeoutMs, clock })
    const parent = context.get(currentSpan)
    const attributes = { 'cache.name': cache, 'cache.region': region }
    const span = parent?.isRecording === true ? parent.child(`load ${region}`, { attributes }) : undefined
    if (span !== undefined) limit.set(currentSpan, span)
    const startedMs = clock.monotonic()
    const late = Promise.withResolvers<never>()
    const forget = limit.onCancel((reason) => late.reject(reason))
    try {
      const value = await Promise.race([limit.run(async () => load(limit)), late.promise])
      metrics.loaded(clock.monotonic() - startedMs, value === undefined ? 'absent' : 'ok')
      return value
    } catch (error) {
      metrics.loaded(clock.monotonic() - startedMs, 'failed')
      span?.fail(error)
      throw error
    } finally {
      forget()
      limit.finish()
      span?.end()
      endTurn()
    }
  }
}
