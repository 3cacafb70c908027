/**
 * Locks: one holder of a key at a time, over threads, processes and machines, as far as a lease can promise that.
 *
 *   withLock(key, work) ─▶ acquire ──held by another──▶ wait, with jitter ─▶ again │ LOCK_BUSY │ the deadline
 *                             └─granted─▶ work(lease) in a context that a lost lease cancels ─▶ release
 *
 * A lease runs out while its holder sleeps, is paused or cut off, and another gets the lock. Whatever must not be written by two
 * is therefore written with the lease's token and checked where it is written: see `fence.ts`.
 */
import { sleep } from '../concurrency/sleep.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { Context, currentContext } from '../foundation/context/context.ts'
import type { Component } from '../foundation/lifecycle/component.ts'
import type { Counter, Gauge, Histogram, Meter } from '../telemetry/meter.ts'
import { Lease } from './lease.ts'
import { badLock, lockBusy } from './lock-errors.ts'
import type { LockStore } from './lock-store.ts'

export interface LocksOptions {
  store: LockStore
  /** Of the component and in metrics; default `locks`. */
  name?: string
  /** How long a lock stays with a holder that says nothing, in milliseconds; default 10,000. It is renewed at each third of it. */
  leaseMs?: number
  /** Longest wait between two looks at a lock that another holds; default 100. */
  pollMs?: number
  meter?: Meter
  clock?: Clock
  random?: () => number
}

export interface AcquireOptions {
  /** Default that of the locks. Shorter: a dead holder is replaced sooner; too short, and a slow one loses it. */
  leaseMs?: number
  /** Longest wait for the lock; 0 asks once. Default: as long as the context has time, and 10,000 without a deadline. */
  waitMs?: number
}

/** A component: `service.add(locks)` gives back what is still held when the service stops. */
export function createLocks(options: LocksOptions): Locks {
  return new Locks(options)
}

export class Locks implements Component {
  readonly name: string
  readonly #store: LockStore
  readonly #leaseMs: number
  readonly #pollMs: number
  readonly #clock: Clock
  readonly #random: () => number
  readonly #held = new Set<Lease>()
  readonly #waits: Histogram<'locks' | 'outcome'> | undefined
  readonly #lost: Counter<'locks'> | undefined
  readonly #holding: Gauge<'locks'> | undefined

  /** Use `createLocks()`. @throws ServiceError `BAD_LOCK` for a time that cannot be. */
  constructor(options: LocksOptions) {
    const { name = 'locks', store, leaseMs = 10_000, pollMs = 100, clock = systemClock, random = Math.random } = options
    this.name = name
    this.#store = store
    this.#leaseMs = checkTime('leaseMs', leaseMs)
    this.#pollMs = checkTime('pollMs', pollMs)
    this.#clock = clock
    this.#random = random
    this.#waits = options.meter?.histogram({
      name: 'lock_wait_seconds',
      help: 'Time to get a lock, or not to get it.',
      labels: ['locks', 'outcome'],
    })
    this.#lost = options.meter?.counter({
      name: 'lock_leases_lost_total',
      help: 'Leases that ran out or were taken while they were held.',
      labels: ['locks'],
    })
    this.#holding = options.meter?.gauge({
      name: 'lock_leases_held',
      help: 'Leases held right now.',
      labels: ['locks'],
    })
  }

  /**
   * Runs `work` while the lock is held. Its context is the caller's, cancelled with `LEASE_LOST` when the lease is lost.
   *
   * @throws ServiceError as `acquire`; what `work` throws.
   */
  async withLock<T>(key: string, work: (lease: Lease) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    const lease = await this.acquire(key, options)
    const context = new Context({ parent: currentContext(), clock: this.#clock })
    const forget = lease.onLost((why) => context.cancel(why))
    try {
      return await context.runWith(work, lease)
    } finally {
      forget()
      context.finish()
      await lease.release()
    }
  }

  /**
   * A lease that is renewed until it is released: `await using lease = await locks.acquire(key)`.
   *
   * @throws ServiceError `LOCK_BUSY` if another held it all the time; why the context was cancelled; what the store threw, if it could
   *   not be asked to the end.
   */
  async acquire(key: string, options: AcquireOptions = {}): Promise<Lease> {
    const leaseMs = checkTime('leaseMs', options.leaseMs ?? this.#leaseMs)
    const context = currentContext()
    const waitMs = options.waitMs ?? Math.min(context?.remainingMs() ?? defaultWaitMs, maxWaitMs)
    const startedMs = this.#clock.monotonic()
    const owner = crypto.randomUUID()
    for (;;) {
      context?.throwIfCancelled()
      const tried = await this.#try(key, owner, leaseMs)
      const nowMs = this.#clock.monotonic()
      if (tried instanceof Lease) {
        this.#observe('acquired', nowMs - startedMs)
        return tried
      }
      const pauseMs = this.#pauseMs(tried.heldForMs)
      if (nowMs + pauseMs - startedMs > waitMs) {
        this.#observe('busy', nowMs - startedMs)
        throw tried.failure ?? lockBusy(key, waitMs)
      }
      await sleep(pauseMs, context ?? this.#timeless)
    }
  }

  /** The lease, or undefined if another holds the lock right now. */
  async tryAcquire(key: string, options: Omit<AcquireOptions, 'waitMs'> = {}): Promise<Lease | undefined> {
    const leaseMs = checkTime('leaseMs', options.leaseMs ?? this.#leaseMs)
    const tried = await this.#try(key, crypto.randomUUID(), leaseMs)
    if (tried instanceof Lease) return tried
    if (tried.failure !== undefined) throw tried.failure
    return undefined
  }

  /** Gives back what is still held. */
  async stop(): Promise<void> {
    await Promise.all([...this.#held].map((lease) => lease.release()))
  }

  readonly #timeless = new Context()

  async #try(key: string, owner: string, leaseMs: number): Promise<Lease | Refused> {
    const sentMs = this.#clock.monotonic()
    try {
      const answer = await this.#store.acquire({ key, owner, leaseMs })
      if (answer.kind === 'held') return { heldForMs: answer.heldForMs, failure: undefined }
      return this.#hold(key, owner, leaseMs, answer.token, sentMs)
    } catch (failure) {
      return { heldForMs: this.#pollMs, failure }
    }
  }

  #hold(key: string, owner: string, leaseMs: number, token: number, sentMs: number): Lease {
    const lease = new Lease({
      ...{ store: this.#store, clock: this.#clock, key, owner, token, leaseMs, sentMs },
      onEnd: (ended, how) => {
        this.#held.delete(ended)
        if (how === 'lost') this.#lost?.labels({ locks: this.name }).add()
        this.#holding?.labels({ locks: this.name }).set(this.#held.size)
      },
    })
    this.#held.add(lease)
    this.#holding?.labels({ locks: this.name }).set(this.#held.size)
    return lease
  }

  /** Waiters must not all look at the same moment. */
  #pauseMs(heldForMs: number): number {
    const limitMs = Math.min(this.#pollMs, Math.max(1, heldForMs))
    return limitMs * (0.5 + this.#random() / 2)
  }

  #observe(outcome: 'acquired' | 'busy', tookMs: number): void {
    this.#waits?.labels({ locks: this.name, outcome }).observe(tookMs / 1_000)
  }
}

interface Refused {
  readonly heldForMs: number
  readonly failure: unknown
}

const defaultWaitMs = 10_000
const maxWaitMs = 2 ** 31 - 1

function checkTime(option: string, value: number): number {
  if (value >= 1 && Number.isFinite(value)) return value
  throw badLock(`${option} is a number of milliseconds from 1, not ${value}`)
}
