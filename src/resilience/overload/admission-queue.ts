/**
 * AdmissionQueue: who waits at a door that is too busy. Under overload the newest is served first: those who came long ago have
 * given up, and whoever serves them in order serves nobody (Ben Maurer: "Fail at scale", ACM Queue, 2015).
 *
 *   push ─▶ health │ high │ normal │ low      one stack each; full: the oldest of the lowest makes room
 *              ▲ newest ─▶ shift              of the highest priority, or its oldest, as the caller says; one whose
 *              │                              deadline has passed is dropped
 *              ▼ oldest ─▶ expire             waited too long: dropped at once, so that it hears so early
 *
 * No timer and no clock in it: every call says what time it is.
 */
import { checkNumber } from '../bad-policy.ts'
import { type Priority, priorities, priorityRank } from './priority.ts'

export type DropReason = 'full' | 'waited' | 'deadline'

export interface AdmissionQueueOptions<T> {
  /** Default 1,000: at 1 ms each those at the bottom will not be served anyway. */
  maxQueued?: number
  /** Called once for each that will not be served. */
  dropped: (item: T, why: DropReason) => void
}

export interface AdmissionRequest {
  readonly nowMs: number
  /** Default `normal`. */
  readonly priority?: Priority
  /** When its caller gives up, on the same scale as `nowMs`. Default: never. */
  readonly deadlineMs?: number
}

const normalRank = priorityRank('normal')

interface Waiting<T> {
  readonly item: T
  readonly arrivedMs: number
  readonly deadlineMs: number
}

export class AdmissionQueue<T> {
  readonly #maxQueued: number
  readonly #dropped: (item: T, why: DropReason) => void
  readonly #stacks: readonly Stack<Waiting<T>>[] = priorities.map(() => new Stack())
  #length = 0

  constructor({ maxQueued = 1_000, dropped }: AdmissionQueueOptions<T>) {
    checkNumber('maxQueued', maxQueued, { min: 1, whole: true })
    this.#maxQueued = maxQueued
    this.#dropped = dropped
  }

  get length(): number {
    return this.#length
  }

  /** How long the one that came first has been waiting; 0 when nobody does. */
  longestWaitMs(nowMs: number): number {
    let longestMs = 0
    for (const { oldest } of this.#stacks)
      if (oldest !== undefined) longestMs = Math.max(longestMs, nowMs - oldest.arrivedMs)
    return longestMs
  }

  /** It waits; where the queue is full, the oldest of the lowest priority goes, or the new one if that is lower still. */
  push(item: T, { nowMs, priority = 'normal', deadlineMs = Number.POSITIVE_INFINITY }: AdmissionRequest): void {
    const rank = priorityRank(priority)
    if (this.#length >= this.#maxQueued && !this.#makeRoom(rank)) {
      this.#dropped(item, 'full')
      return
    }
    this.#stacks[rank]?.push({ item, arrivedMs: nowMs, deadlineMs })
    this.#length++
  }

  /**
   * The next to be served, of the highest priority the newest or the oldest; undefined when nobody waits. Above `normal` it
   * is always the oldest: there are few of them, all will be served, and in order none of them waits for long.
   */
  shift(nowMs: number, order: 'newest' | 'oldest' = 'newest'): T | undefined {
    for (const [rank, stack] of this.#stacks.entries()) {
      const takesNewest = order === 'newest' && rank >= normalRank
      while (stack.length > 0) {
        const next = takesNewest ? stack.takeNewest() : stack.takeOldest()
        this.#length--
        if (next === undefined) break
        if (next.deadlineMs > nowMs) return next.item
        this.#dropped(next.item, 'deadline')
      }
    }
    return undefined
  }

  /** Drops whoever has waited for longer, except for health probes. `maxWaitMs` may depend on the priority. */
  expire(nowMs: number, maxWaitMs: (priority: Priority) => number): void {
    for (const [rank, stack] of this.#stacks.entries()) {
      const priority = priorities[rank]
      if (stack.length === 0 || priority === undefined || priority === 'health') continue
      const beforeMs = nowMs - maxWaitMs(priority)
      for (let oldest = stack.oldest; oldest !== undefined && oldest.arrivedMs < beforeMs; oldest = stack.oldest) {
        stack.takeOldest()
        this.#length--
        this.#dropped(oldest.item, 'waited')
      }
    }
  }

  /** Drops the oldest of whatever is more than so many, except for health probes. */
  trim(maxQueued: (priority: Priority) => number): void {
    for (const [rank, stack] of this.#stacks.entries()) {
      const priority = priorities[rank]
      if (stack.length === 0 || priority === undefined || priority === 'health') continue
      for (let surplus = stack.length - maxQueued(priority); surplus > 0; surplus--) {
        const oldest = stack.takeOldest()
        this.#length--
        if (oldest !== undefined) this.#dropped(oldest.item, 'full')
      }
    }
  }

  #makeRoom(rank: number): boolean {
    for (let lowest = this.#stacks.length - 1; lowest >= rank; lowest--) {
      const stack = this.#stacks[lowest]
      const oldest = stack?.oldest
      if (stack === undefined || oldest === undefined) continue
      stack.takeOldest()
      this.#length--
      this.#dropped(oldest.item, 'full')
      return true
    }
    return false
  }
}

/** A stack that can lose its bottom, too. */
class Stack<T> {
  readonly #items: (T | undefined)[] = []
  #bottom = 0

  get length(): number {
    return this.#items.length - this.#bottom
  }

  get oldest(): T | undefined {
    return this.#items[this.#bottom]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  takeNewest(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items.pop()
    if (this.length === 0) this.#clear()
    return item
  }

  takeOldest(): T | undefined {
    const item = this.#items[this.#bottom]
    this.#items[this.#bottom++] = undefined
    if (this.length === 0) this.#clear()
    // Now and then, so that each drop costs the same on average.
    else if (this.#bottom > 64 && this.#bottom * 2 > this.#items.length) {
      this.#items.splice(0, this.#bottom)
      this.#bottom = 0
    }
    return item
  }

  #clear(): void {
    this.#items.length = 0
    this.#bottom = 0
  }
}
