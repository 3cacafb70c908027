/**
 * RocketLane: a queue that this member holds: what was pulled of it, what is in hand, and how far it is acknowledged.
 *
 *   pulled ─▶ waiting ─▶ delivered ─┬─▶ acknowledged ─▶ kept by the broker, as soon as everything before it is
 *                           ▲       └─▶ returned
 *                           └──────────────┘
 */
import type { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { RocketQueue } from './rocketmq-client.ts'
import type { RocketRecord } from './rocketmq-message.ts'

export class RocketLane {
  readonly queue: RocketQueue
  /** Told when what was acknowledged is kept, or as good as that. */
  readonly waiting: { offset: number; settle: (error?: ServiceError) => void }[] = []
  isPulling = false
  /** Where the next pull begins. */
  #read: number
  #kept: number
  #inHand = 0
  #pulled: RocketRecord[] = []
  /** What was delivered and is not kept, in order; whether it is acknowledged. */
  readonly #open = new Map<number, boolean>()

  constructor(queue: RocketQueue, offset: number) {
    this.queue = queue
    this.#read = offset
    this.#kept = offset
  }

  get read(): number {
    return this.#read
  }

  /** What the broker has of the group. */
  get kept(): number {
    return this.#kept
  }

  /** Delivered, and not acknowledged. */
  get inHand(): number {
    return this.#inHand
  }

  get isEmpty(): boolean {
    return this.#pulled.length === 0
  }

  /** Nothing of it is in this member's hands, and everything that was is kept. */
  get isFree(): boolean {
    return this.#inHand === 0 && this.waiting.length === 0 && this.acknowledged <= this.#kept
  }

  /** So many are remembered that were acknowledged behind one that is still being tried. */
  get open(): number {
    return this.#open.size
  }

  /** Everything before it is acknowledged. */
  get acknowledged(): number {
    for (const [offset, isAcknowledged] of this.#open) if (!isAcknowledged) return offset
    return this.#pulled[0]?.offset ?? this.#read
  }

  take(records: readonly RocketRecord[], next: number): void {
    for (const record of records) if (record.offset >= this.#read) this.#pulled.push(record)
    this.#read = Math.max(this.#read, next)
  }

  /** Reads on elsewhere: there is nothing where it was. */
  seek(offset: number): void {
    this.#read = offset
  }

  /** The next one to deliver. */
  shift(): RocketRecord | undefined {
    const record = this.#pulled.shift()
    if (record === undefined) return undefined
    this.#open.set(record.offset, false)
    this.#inHand++
    return record
  }

  /** False if it was acknowledged before. */
  acknowledge(offset: number): boolean {
    if (this.#open.get(offset) !== false) return false
    this.#open.set(offset, true)
    this.#inHand--
    return true
  }

  /** Its acknowledgement could not be kept: whoever acknowledged may give it back. */
  reopen(offset: number): void {
    if (this.#open.get(offset) !== true) return
    this.#open.set(offset, false)
    this.#inHand++
  }

  /** The broker has it. */
  keep(offset: number): void {
    this.#kept = Math.max(this.#kept, offset)
    for (const at of this.#open.keys()) {
      if (at >= offset) break
      this.#open.delete(at)
    }
  }
}
