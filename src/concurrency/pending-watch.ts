/**
 * PendingWatch: what is still running or waiting, and where in the code it began. For tests; it costs nothing until one starts.
 *
 *   watchPending() ─▶ every task, wait and ticker that begins is noted with its call site ─▶ until it ends
 *                     pending() says what is left
 */
import { callSite } from './internal/call-site.ts'

export interface Pending {
  /** What it is: `task`, `Channel.receive`, `Mutex.lock`, `Ticker` … */
  readonly what: string
  /** Where it began, as a line of the stack: file, line and column. */
  readonly site: string
}

/** Watches nest: each sees what begins while it is open. */
export class PendingWatch {
  readonly #pending = new Map<object, Pending>()

  constructor() {
    watches.add(this)
  }

  /** What began since and has not ended, in the order of its beginning. */
  pending(): Pending[] {
    return [...this.#pending.values()]
  }

  stop(): void {
    watches.delete(this)
    this.#pending.clear()
  }

  /** @internal */
  note(key: object, pending: Pending): void {
    this.#pending.set(key, pending)
  }

  /** @internal */
  forget(key: object): void {
    this.#pending.delete(key)
  }
}

const watches = new Set<PendingWatch>()

export function watchPending(): PendingWatch {
  return new PendingWatch()
}

/** Called where something begins to wait; the check comes first because this stands on the hot path. */
export function notePending(key: object, what: string): void {
  if (watches.size === 0) return
  const site = callSite()
  for (const watch of watches) watch.note(key, { what, site })
}

export function forgetPending(key: object): void {
  if (watches.size === 0) return
  for (const watch of watches) watch.forget(key)
}
