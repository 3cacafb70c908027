/**
 * WriteBehind: changes that are in the cache already and are saved a little later.
 *
 *   add ─▶ pending, one for each key: the last counts ─▶ after delayMs or at maxBatch ─▶ save ──ok──▶ gone
 *     └ full: waits for room                                                              └ fails ─▶ again, later and later
 *
 * What is pending when the process is killed is lost: it is for what may be lost. `drain` saves all of it.
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { Context } from '../../foundation/context/context.ts'
import { writeBehindFull } from '../cache-errors.ts'

export interface WriteBehindOptions<K, V> {
  readonly region: string
  readonly save: (entries: readonly (readonly [K, V])[]) => Promise<void>
  readonly clock: Clock
  readonly delayMs: number
  readonly maxPending: number
  readonly maxBatch: number
  readonly onSaved: (count: number) => void
  readonly onFailed: (error: unknown) => void
}

interface Change<K, V> {
  readonly key: K
  readonly value: V
}

const maxRetryMs = 10_000

export class WriteBehind<K, V> {
  readonly #options: WriteBehindOptions<K, V>
  readonly #pending = new Map<string, Change<K, V>>()
  #cancelTimer: CancelTimer | undefined
  #saving: Promise<boolean> | undefined
  #failures = 0

  constructor(options: WriteBehindOptions<K, V>) {
    this.#options = options
  }

  get size(): number {
    return this.#pending.size
  }

  /** What is newer than anything that was saved. */
  get(name: string): { readonly value: V } | undefined {
    return this.#pending.get(name)
  }

  /** @throws ServiceError `CACHE_WRITES_FULL` if so many others are pending. */
  add(name: string, key: K, value: V): void {
    const { maxPending, region, maxBatch, delayMs } = this.#options
    if (!this.#pending.has(name) && this.#pending.size >= maxPending) throw writeBehindFull(region, this.#pending.size)
    this.#pending.set(name, { key, value })
    if (this.#pending.size >= maxBatch && this.#failures === 0) void this.#saveSome()
    else this.#saveLater(delayMs)
  }

  /** Saves everything. Rejects with the signal's reason if that takes too long; what is pending then is lost. */
  async drain(signal: AbortSignal): Promise<void> {
    while (this.#pending.size > 0) {
      signal.throwIfAborted()
      if (!(await this.#saveSome())) await this.#options.clock.sleep(this.#retryMs(), signal)
    }
  }

  #saveLater(delayMs: number): void {
    this.#cancelTimer ??= this.#options.clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined
      void this.#saveSome()
    })
  }

  /** One batch at a time: two could save two values of one key in the wrong order. */
  #saveSome(): Promise<boolean> {
    this.#saving ??= this.#saveBatch().finally(() => {
      this.#saving = undefined
      if (this.#pending.size > 0) this.#saveLater(this.#failures > 0 ? this.#retryMs() : this.#options.delayMs)
      else this.#cancelTimer?.()
      if (this.#pending.size === 0) this.#cancelTimer = undefined
    })
    return this.#saving
  }

  async #saveBatch(): Promise<boolean> {
    const { save, clock, maxBatch } = this.#options
    const batch = [...this.#pending].slice(0, maxBatch)
    try {
      // Those who wrote are over by now: their deadlines, transactions and traces are not this one's.
      await new Context({ clock }).run(() => save(batch.map(([, { key, value }]) => [key, value])))
    } catch (error) {
      this.#failures++
      this.#options.onFailed(error)
      return false
    }
    this.#failures = 0
    // One that was changed again while it was saved stays.
    for (const [name, change] of batch) if (this.#pending.get(name) === change) this.#pending.delete(name)
    this.#options.onSaved(batch.length)
    return true
  }

  #retryMs(): number {
    return Math.min(maxRetryMs, this.#options.delayMs * 2 ** Math.min(this.#failures, 10))
  }
}
