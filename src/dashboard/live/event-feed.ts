/**
 * EventFeed: one source of events for many readers, each at its own pace.
 *
 *   publish ─▶ kept (the last ones, numbered) ─┬─▶ reader ─▶ queue ─▶ SSE       full: the oldest go, one `gap` says so
 *                                              └─▶ reader that comes back: what it missed, as far as it is kept
 */
import type { DashboardEvent, DashboardEventKind } from '../contract/events.ts'

export interface NumberedEvent {
  readonly id: number
  readonly event: DashboardEvent
}

export interface ReadOptions {
  /** Undefined: all. */
  readonly kinds: ReadonlySet<string> | undefined
  /** The last one that the reader has seen; undefined: it begins now. */
  readonly afterId: number | undefined
  readonly signal: AbortSignal
}

const maxKept = 1_000
const maxQueued = 1_000
/** Readers beyond that are refused: a browser has a few tabs, and each costs memory. */
export const maxReaders = 64

export class EventFeed {
  /** Ascending by id. */
  readonly #kept: NumberedEvent[] = []
  readonly #readers = new Set<(event: NumberedEvent) => void>()
  readonly #lastTold = new Map<DashboardEventKind, number>()
  #lastId = 0

  get readers(): number {
    return this.#readers.size
  }

  publish(event: DashboardEvent): void {
    const numbered = { id: ++this.#lastId, event }
    this.#kept.push(numbered)
    if (this.#kept.length > maxKept) this.#kept.splice(0, this.#kept.length - maxKept)
    for (const take of this.#readers) take(numbered)
  }

  /** Says that something has changed, at most once in a second of the monotonic time given. */
  hint(kind: 'topology' | 'metrics' | 'logs' | 'faults' | 'messages' | 'sagas', nowMs: number): void {
    const lastMs = this.#lastTold.get(kind)
    if (lastMs !== undefined && nowMs - lastMs < 1_000) return
    this.#lastTold.set(kind, nowMs)
    this.publish({ kind })
  }

  async *read({ kinds, afterId, signal }: ReadOptions): AsyncGenerator<NumberedEvent> {
    const queue = new BoundedQueue<NumberedEvent>(maxQueued)
    for (const numbered of this.#missed(afterId)) queue.push(numbered)
    const take = (numbered: NumberedEvent): void => queue.push(numbered)
    const wake = (): void => queue.wake()
    this.#readers.add(take)
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        await queue.untilSome()
        const missed = queue.takeMissed()
        if (missed > 0) yield { id: this.#lastId, event: { kind: 'gap', missed } }
        for (const numbered of queue.takeAll()) {
          const { kind } = numbered.event
          if (kinds === undefined || kinds.has(kind) || kind === 'gap') yield numbered
        }
      }
    } finally {
      this.#readers.delete(take)
      signal.removeEventListener('abort', wake)
    }
  }

  #missed(afterId: number | undefined): NumberedEvent[] {
    if (afterId === undefined) return []
    const first = this.#kept[0]?.id ?? this.#lastId + 1
    // An id from the future is one of an earlier dashboard on this port.
    if (afterId + 1 < first || afterId > this.#lastId) {
      return [{ id: this.#lastId, event: { kind: 'gap', missed: Math.max(1, first - afterId - 1) } }]
    }
    return this.#kept.filter(({ id }) => id > afterId)
  }
}

/** Waits while it is empty and forgets the oldest when it is full. */
export class BoundedQueue<T> {
  readonly #max: number
  #items: T[] = []
  #missed = 0
  #waiting: (() => void) | undefined

  constructor(max: number) {
    this.#max = max
  }

  push(item: T): void {
    this.#items.push(item)
    if (this.#items.length > this.#max) {
      this.#items.shift()
      this.#missed++
    }
    this.wake()
  }

  wake(): void {
    this.#waiting?.()
    this.#waiting = undefined
  }

  /** Resolves when there is something, or at `wake`. */
  async untilSome(): Promise<void> {
    if (this.#items.length > 0 || this.#missed > 0) return
    await new Promise<void>((resolve) => {
      this.#waiting = resolve
    })
  }

  takeAll(): T[] {
    const items = this.#items
    this.#items = []
    return items
  }

  takeMissed(): number {
    const missed = this.#missed
    this.#missed = 0
    return missed
  }
}
