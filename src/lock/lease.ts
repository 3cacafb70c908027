/**
 * Lease: a lock for a while, renewed as long as it is wanted.
 *
 *   held ─ renew every third of the lease ─▶ held …  ─▶ release ─▶ released
 *     └─ the store says no, or nothing confirmed it for a whole lease ─▶ lost: the context is cancelled
 *
 * Being lost is noticed late, or never, by a process that was stopped. What it does then is refused by whoever checks the token.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import type { ServiceError } from '../foundation/errors/service-error.ts'
import { leaseLost } from './lock-errors.ts'
import type { LockStore } from './lock-store.ts'

export interface LeaseOptions {
  readonly store: LockStore
  readonly clock: Clock
  readonly key: string
  readonly owner: string
  readonly token: number
  readonly leaseMs: number
  /** When the request that was granted was sent: from then on, at the earliest, the store counts. */
  readonly sentMs: number
  readonly onEnd: (lease: Lease, how: 'released' | 'lost') => void
}

export class Lease {
  readonly key: string
  /** Larger than that of every holder before. Give it to whatever is written under the lock. */
  readonly token: number
  readonly #options: LeaseOptions
  readonly #clock: Clock
  readonly #listeners = new Set<(why: ServiceError) => void>()
  #untilMs: number
  #state: 'held' | 'lost' | 'released' = 'held'
  #lossReason: ServiceError | undefined
  #cancelRenewal: CancelTimer | undefined
  #cancelExpiry: CancelTimer | undefined

  /** Use `locks.acquire()`. */
  constructor(options: LeaseOptions) {
    this.#options = options
    this.#clock = options.clock
    this.key = options.key
    this.token = options.token
    this.#untilMs = options.sentMs + options.leaseMs
    this.#watchExpiry()
    this.#renewLater()
  }

  /** Whether it is certain to be ours still, by this process's clock. */
  get isHeld(): boolean {
    return this.#state === 'held' && this.#clock.monotonic() < this.#untilMs
  }

  /** Calls `listener` when the lease is lost; at once if it is. Returns its own unsubscribe. */
  onLost(listener: (why: ServiceError) => void): () => void {
    if (this.#lossReason !== undefined) listener(this.#lossReason)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Makes sure of the lease before something that must not be done without it. It is renewed by itself otherwise.
   *
   * @throws ServiceError `LEASE_LOST`, or what the store threw.
   */
  async renew(): Promise<void> {
    if (this.#state !== 'held') throw this.#lossReason ?? leaseLost(this.key, 'it was released')
    const sentMs = this.#clock.monotonic()
    const { store, owner, leaseMs } = this.#options
    const isOurs = await store.renew({ key: this.key, owner, token: this.token, leaseMs })
    if (!isOurs) throw this.#lose('the store gave it to another')
    this.#untilMs = Math.max(this.#untilMs, sentMs + leaseMs)
    this.#watchExpiry()
  }

  /** Gives the lock back; whether it was ours until now. Twice does nothing. A store that cannot be asked lets it run out. */
  async release(): Promise<boolean> {
    if (this.#state !== 'held') return false
    this.#end('released')
    const { store, owner } = this.#options
    return store.release({ key: this.key, owner, token: this.token }).catch(() => false)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release().then(() => undefined)
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#clock.schedule(this.#options.leaseMs / 3, () => {
      // A store that cannot be asked for a moment is asked again; the lease's own end is watched besides.
      void this.renew()
        .catch(() => undefined)
        .then(() => this.#state === 'held' && this.#renewLater())
    })
  }

  #watchExpiry(): void {
    this.#cancelExpiry?.()
    if (this.#state !== 'held') return
    this.#cancelExpiry = this.#clock.schedule(this.#untilMs - this.#clock.monotonic(), () =>
      this.#lose(`nothing confirmed it for ${this.#options.leaseMs} ms`),
    )
  }

  #lose(why: string): ServiceError {
    if (this.#lossReason !== undefined) return this.#lossReason
    const reason = leaseLost(this.key, why)
    if (this.#state !== 'held') return reason
    this.#lossReason = reason
    const listeners = [...this.#listeners]
    this.#end('lost')
    for (const listener of listeners) listener(reason)
    return reason
  }

  #end(how: 'released' | 'lost'): void {
    this.#state = how
    this.#cancelRenewal?.()
    this.#cancelExpiry?.()
    this.#listeners.clear()
    this.#options.onEnd(this, how)
  }
}
