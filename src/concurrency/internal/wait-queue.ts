/**
 * WaitQueue: who waits for what, first come, first served. A waiter is its own link in the list, so that one whose context
 * is cancelled leaves from the middle at once, whatever the length of the queue.
 *
 *   first ⇄ … ⇄ last          push: joins at the end │ shift: its turn has come │ remove: it has given up
 */
import { type Context, currentContext } from '../../foundation/context/context.ts'
import { forgetPending, notePending } from '../pending-watch.ts'

export abstract class Waiter {
  next: Waiter | undefined = undefined
  previous: Waiter | undefined = undefined
  isQueued = false
  /** Ends the watching of the context. */
  unwatch: (() => void) | undefined = undefined

  /** It will never have its turn. It is in no queue any more when this is called. */
  abstract fail(error: Error): void
}

export class WaitQueue<W extends Waiter> {
  /** What is waited for, as a leak check says it; undefined where somebody else tells it. */
  readonly name: string | undefined
  #first: Waiter | undefined = undefined
  #last: Waiter | undefined = undefined
  #length = 0

  constructor(name?: string) {
    this.name = name
  }

  get length(): number {
    return this.#length
  }

  get first(): W | undefined {
    return this.#first as W | undefined
  }

  push(waiter: W): void {
    waiter.previous = this.#last
    if (this.#last === undefined) this.#first = waiter
    else this.#last.next = waiter
    this.#last = waiter
    waiter.isQueued = true
    this.#length++
    if (this.name !== undefined) notePending(waiter, this.name)
  }

  shift(): W | undefined {
    const waiter = this.#first as W | undefined
    if (waiter !== undefined) this.remove(waiter)
    return waiter
  }

  /** Does nothing for one that has left already. */
  remove(waiter: W): void {
    if (!waiter.isQueued) return
    if (waiter.previous === undefined) this.#first = waiter.next
    else waiter.previous.next = waiter.next
    if (waiter.next === undefined) this.#last = waiter.previous
    else waiter.next.previous = waiter.previous
    waiter.next = undefined
    waiter.previous = undefined
    waiter.isQueued = false
    this.#length--
    waiter.unwatch?.()
    waiter.unwatch = undefined
    forgetPending(waiter)
  }

  /** Everybody leaves with the error. */
  failAll(error: () => Error): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) waiter.fail(error())
  }

  /** Joins until its turn comes or the context is cancelled; where it is cancelled already, the waiter fails at once. */
  pushUntilCancelled(waiter: W, context: Context | undefined = currentContext()): void {
    this.push(waiter)
    if (context === undefined) return
    // Not asked before: `onCancel` asks, and asking reads the clock where there is a deadline.
    waiter.unwatch = context.onCancel((reason) => {
      this.remove(waiter)
      waiter.fail(reason)
    })
  }
}

/** A waiter behind a promise: the one allocation that waiting cannot do without. */
export class PromiseWaiter<T> extends Waiter {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly #reject: (error: Error) => void

  constructor() {
    super()
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.promise = promise
    this.resolve = resolve
    this.#reject = reject
  }

  fail(error: Error): void {
    this.#reject(error)
  }
}

/** Resolved once and for all: what an operation returns that need not wait. */
export const done: Promise<void> = Promise.resolve()
