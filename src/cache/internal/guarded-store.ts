/**
 * GuardedStore: a shared store that may be down, and a small one of this process that stands in for it meanwhile.
 *
 *   up ──a call fails──▶ down: the local store answers ──each retryMs: does it answer?──▶ deletions are made up for ─▶ up
 *                          └ deletions are remembered, so many                └─no─▶ still down
 *
 * What the local one keeps is short-lived: processes that cannot tell each other of changes must not differ for long.
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { Context, currentContext } from '../../foundation/context/context.ts'
import { currentSpan } from '../../telemetry/tracer.ts'
import type {
  CacheClaim,
  CacheClaimOptions,
  CacheEntry,
  CacheSetOptions,
  CacheStore,
  Eventually,
} from '../cache-store.ts'
import type { MemoryCacheStore } from '../stores/memory.ts'

export interface GuardedStoreOptions {
  readonly store: CacheStore
  readonly local: MemoryCacheStore
  readonly clock: Clock
  /** How long an entry is kept that is set while the store is down. */
  readonly localMs: number
  readonly retryMs: number
  readonly onDown: (error: unknown) => void
  readonly onUp: () => void
  /** A call that the local store answered. */
  readonly onFallback: () => void
  /** A deletion that was forgotten, because too many came while the store was down. */
  readonly onForgotten: () => void
}

const maxDeletions = 10_000

export class GuardedStore implements CacheStore {
  readonly #options: GuardedStoreOptions
  readonly #deletions = new Set<string>()
  #isDown = false
  #cancelRetry: CancelTimer | undefined

  constructor(options: GuardedStoreOptions) {
    this.#options = options
  }

  get isDown(): boolean {
    return this.#isDown
  }

  get(key: string): Eventually<CacheEntry | undefined> {
    return this.#call(
      (store) => store.get(key),
      (local) => local.get(key),
    )
  }

  set(key: string, entry: CacheEntry | undefined, options: CacheSetOptions): Eventually<boolean> {
    return this.#call(
      (store) => store.set(key, entry, options),
      (local) => this.#setLocally(local, key, entry, options),
    )
  }

  claim(key: string, options: CacheClaimOptions): Eventually<CacheClaim> {
    return this.#call(
      (store) => store.claim(key, options),
      (local) => {
        const claim = local.claim(key, options)
        return claim.kind === 'mine' ? { kind: 'mine', claim: localPrefix + claim.claim } : claim
      },
    )
  }

  /** Also where the caller has given up: what changed is no longer true. */
  delete(keys: readonly string[]): Eventually<void> {
    const own = new Context({ clock: this.#options.clock })
    const span = currentContext()?.get(currentSpan)
    if (span !== undefined) own.set(currentSpan, span)
    return own.run(() =>
      this.#call(
        (store) => store.delete(keys),
        (local) => {
          local.delete(keys)
          for (const key of keys) this.#remember(key)
        },
      ),
    )
  }

  stop(): void {
    this.#cancelRetry?.()
  }

  /** As long as it is up a call costs no more promises than the store's own. */
  #call<T>(call: (store: CacheStore) => Eventually<T>, instead: (local: MemoryCacheStore) => T): Eventually<T> {
    if (this.#isDown) return this.#fallBack(instead)
    try {
      const result = call(this.#options.store)
      if (!(result instanceof Promise)) return result
      return result.catch((error: unknown) => {
        this.#down(error)
        return this.#fallBack(instead)
      })
    } catch (error) {
      this.#down(error)
      return this.#fallBack(instead)
    }
  }

  #fallBack<T>(instead: (local: MemoryCacheStore) => T): T {
    this.#options.onFallback()
    return instead(this.#options.local)
  }

  /** A claim of the store's is worth nothing here: of one that is down nobody can say whether it stands. */
  #setLocally(local: MemoryCacheStore, key: string, entry: CacheEntry | undefined, options: CacheSetOptions): boolean {
    const keepMs = Math.min(options.keepMs, this.#options.localMs)
    if (options.claim === undefined) return local.set(key, entry, { keepMs })
    if (!options.claim.startsWith(localPrefix)) return false
    return local.set(key, entry, { keepMs, claim: options.claim.slice(localPrefix.length) })
  }

  #remember(key: string): void {
    if (this.#deletions.size < maxDeletions || this.#deletions.has(key)) this.#deletions.add(key)
    else this.#options.onForgotten()
  }

  #down(error: unknown): void {
    // A caller that has given up says nothing of the store.
    if (this.#isDown || error === currentContext()?.cancelled) return
    this.#isDown = true
    this.#options.onDown(error)
    this.#retryLater()
  }

  /** Outside of the call that failed, which is over by then. */
  #retryLater(): void {
    const { clock, retryMs } = this.#options
    this.#cancelRetry = clock.schedule(retryMs, () => void new Context({ clock }).run(() => this.#retry()))
  }

  /** Nobody may read what was deleted meanwhile, so that comes first. */
  async #retry(): Promise<void> {
    const { store, local, onUp } = this.#options
    try {
      const keys = [...this.#deletions]
      if (keys.length > 0) await store.delete(keys)
      else await store.get('')
      for (const key of keys) this.#deletions.delete(key)
      if (this.#deletions.size > 0) return await this.#retry()
    } catch {
      this.#retryLater()
      return
    }
    this.#isDown = false
    local.clear()
    onUp()
  }
}

const localPrefix = 'local:'
