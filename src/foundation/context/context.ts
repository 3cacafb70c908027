/**
 * Context: deadline, cancellation and values of one unit of work, as Go's `context` carries them.
 *
 *   request ─▶ new Context({ deadline }) ─▶ context.run(handler) ─▶ any code below: currentContext()
 *                      └─ child: the nearer deadline wins, cancelling the parent cancels it
 *
 * A context is cheap until somebody asks: the `AbortSignal` and the deadline's timer come into being on first use.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { CancelTimer, Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { ServiceError } from '../errors/service-error.ts'
import type { ContextKey } from './context-key.ts'

export interface ContextOptions {
  /** Work that this is part of; default none. Pass `currentContext()` to continue the caller's. */
  parent?: Context | undefined
  /** Time left for the work, in milliseconds from now. The parent's deadline is kept if it is nearer. Default: no limit. */
  timeoutMs?: number | undefined
  clock?: Clock
}

type CancelListener = (reason: ServiceError) => void

const current = new AsyncLocalStorage<Context>()
/** Nobody listens for the end of these scopes, so that nothing need watch it. */
const scopeOptions = { requireManualDestroy: true }

/** The context of the running call, however many awaits ago it began; undefined outside any. */
export function currentContext(): Context | undefined {
  return current.getStore()
}

export class Context {
  readonly parent: Context | undefined
  /** When the work must be done, on the clock's monotonic scale; `Infinity` without a limit. */
  readonly deadlineMs: number
  readonly clock: Clock
  /** Most contexts hold one value or none, which is no reason for a map. */
  #firstKey: ContextKey<unknown> | undefined
  #firstValue: unknown
  #otherValues: Map<ContextKey<unknown>, unknown> | undefined
  #reason: ServiceError | undefined
  #listeners: Set<CancelListener> | undefined
  #controller: AbortController | undefined
  #cancelTimer: CancelTimer | undefined
  #leaveParent: (() => void) | undefined
  #finished = false

  constructor({ parent, timeoutMs, clock = parent?.clock ?? systemClock }: ContextOptions = {}) {
    this.parent = parent
    this.clock = clock
    const ownMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() + timeoutMs
    this.deadlineMs = parent === undefined ? ownMs : Math.min(ownMs, parent.deadlineMs)
  }

  /** Runs `work` with this as the current context, through every call and await inside it. */
  run<T>(work: () => T): T {
    return this.runWith(call, work)
  }

  /**
   * As `run`, for work that takes one argument: no closure need be made for it.
   *
   * It is `AsyncLocalStorage.run` in a third of its time on Node.js, where that makes one frame of values to go in and
   * another one to come out. A resource made here keeps the frame around us, and leaving its scope puts that one back.
   */
  runWith<A, T>(work: (argument: A) => T, argument: A): T {
    return new AsyncResource('Context', scopeOptions).runInAsyncScope(enter<A, T>, undefined, this, work, argument)
  }

  /** A context below this one: same values, same or nearer deadline, cancelled with it but not the other way round. */
  child(options: Omit<ContextOptions, 'parent'> = {}): Context {
    return new Context({ ...options, parent: this })
  }

  /** Milliseconds until the deadline, never below 0; `Infinity` without one. */
  remainingMs(): number {
    if (this.deadlineMs === Number.POSITIVE_INFINITY) return this.deadlineMs
    return Math.max(0, this.deadlineMs - this.clock.monotonic())
  }

  /** Why the work should stop: `CANCELLED` or `DEADLINE_EXCEEDED`; undefined while it should go on. */
  get cancelled(): ServiceError | undefined {
    if (this.#reason !== undefined) return this.#reason
    const inherited = this.parent?.cancelled
    if (inherited !== undefined) this.#cancelWith(inherited)
    else if (this.#isOverdue()) this.#cancelWith(deadlineExceeded())
    return this.#reason
  }

  /** @throws ServiceError the reason, if the work should stop. */
  throwIfCancelled(): void {
    const reason = this.cancelled
    if (reason !== undefined) throw reason
  }

  /** Aborts when the context is cancelled or its deadline passes; made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      this.#controller = controller
      this.onCancel((reason) => controller.abort(reason))
    }
    return this.#controller.signal
  }

  /**
   * Calls `listener` once when the context is cancelled or its deadline passes; at once if that has happened already.
   * Returns its own unsubscribe.
   */
  onCancel(listener: CancelListener): () => void {
    const reason = this.cancelled
    if (reason !== undefined) {
      listener(reason)
      return () => {}
    }
    if (this.#finished) return () => {}
    if (this.#listeners === undefined) this.#watch()
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
    return () => this.#listeners?.delete(listener)
  }

  /** Stops the work below: listeners run, the signal aborts. The first call wins, later ones do nothing. */
  cancel(cause?: unknown): void {
    if (this.#reason !== undefined || this.#finished) return
    this.#cancelWith(
      cause instanceof ServiceError
        ? cause
        : new ServiceError('CANCELLED', 'The caller no longer waits for this work.', { status: 499, cause }),
    )
  }

  /** The work is over: releases timer and listeners. It is not a cancellation; the signal never aborts after it. */
  finish(): void {
    this.#finished = true
    if (this.#listeners !== undefined) this.#release()
  }

  /** The value under `key`, here or in the nearest context above that has one. */
  get<T>(key: ContextKey<T>): T | undefined {
    if (this.#firstKey === key) return this.#firstValue as T
    if (this.#otherValues?.has(key)) return this.#otherValues.get(key) as T
    return this.parent?.get(key)
  }

  /** Sets the value for this context and those below it. */
  set<T>(key: ContextKey<T>, value: T): this {
    if (this.#firstKey === undefined || this.#firstKey === key) {
      this.#firstKey = key
      this.#firstValue = value
    } else {
      this.#otherValues ??= new Map()
      this.#otherValues.set(key, value)
    }
    return this
  }

  #isOverdue(): boolean {
    if (this.#finished || this.deadlineMs === Number.POSITIVE_INFINITY) return false
    return this.clock.monotonic() >= this.deadlineMs
  }

  /** From the first listener on the parent and the deadline must reach us by themselves. */
  #watch(): void {
    this.#leaveParent = this.parent?.onCancel((reason) => this.#cancelWith(reason))
    const parentKeepsTime = this.parent !== undefined && this.parent.deadlineMs <= this.deadlineMs
    if (this.deadlineMs === Number.POSITIVE_INFINITY || parentKeepsTime) return
    this.#cancelTimer = this.clock.schedule(this.remainingMs(), () => this.#cancelWith(deadlineExceeded()))
  }

  #cancelWith(reason: ServiceError): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    const listeners = this.#listeners
    this.#release()
    if (listeners !== undefined) for (const listener of listeners) listener(reason)
  }

  #release(): void {
    this.#cancelTimer?.()
    this.#leaveParent?.()
    this.#cancelTimer = undefined
    this.#leaveParent = undefined
    this.#listeners = undefined
  }
}

function enter<A, T>(context: Context, work: (argument: A) => T, argument: A): T {
  current.enterWith(context)
  return work(argument)
}

function call<T>(work: () => T): T {
  return work()
}

function deadlineExceeded(): ServiceError {
  return new ServiceError('DEADLINE_EXCEEDED', 'The deadline passed before the work was done.', {
    status: 504,
    retryable: false,
  })
}
