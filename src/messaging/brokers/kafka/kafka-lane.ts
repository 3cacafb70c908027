/**
 * KafkaLane: a partition that this member holds: what was read of it, what is in hand, and how far it is acknowledged.
 *
 *   fetched ─▶ waiting ─▶ delivered ─┬─▶ acknowledged ─▶ committed, as soon as everything before it is
 *                            ▲       └─▶ returned
 *                            └──────────────┘
 */
import type { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { FetchedPartition, FetchedRecord } from './kafka-reader.ts'

type State = 'delivered' | 'returned' | 'acknowledged'

export class KafkaLane {
  readonly partition: number
  /** Told when what was acknowledged is committed, or as good as that. */
  readonly waiting: { offset: number; settle: (error?: ServiceError) => void }[] = []
  /** Nothing more is delivered: another member waits for it. */
  isLeaving = false
  /** Where the next fetch begins. */
  #read: number
  /** What Kafka has of the group. */
  #committed: number
  #inHand = 0
  #fetched: FetchedRecord[] = []
  /** What was delivered and is not committed, in order. */
  readonly #open = new Map<number, State>()

  constructor(partition: number, offset: number) {
    this.partition = partition
    this.#read = offset
    this.#committed = offset
  }

  get read(): number {
    return this.#read
  }

  get committed(): number {
    return this.#committed
  }

  /** Delivered, and neither acknowledged nor given back. */
  get inHand(): number {
    return this.#inHand
  }

  get isEmpty(): boolean {
    return this.#fetched.length === 0
  }

  /** So many are remembered that were acknowledged behind one that is still being tried. */
  get open(): number {
    return this.#open.size
  }

  /** Everything before it is acknowledged. */
  get acknowledged(): number {
    for (const [offset, state] of this.#open) if (state !== 'acknowledged') return offset
    return this.#fetched[0]?.offset ?? this.#read
  }

  take({ records, next }: FetchedPartition): void {
    // The broker sends whole batches: those before were read already.
    for (const record of records) if (record.offset >= this.#read) this.#fetched.push(record)
    if (next !== undefined) this.#read = Math.max(this.#read, next)
  }

  /** Reads on elsewhere: there is nothing where it was. */
  seek(offset: number): void {
    this.#read = offset
  }

  /** The next one to deliver. */
  shift(): FetchedRecord | undefined {
    const record = this.#fetched.shift()
    if (record !== undefined) this.#set(record.offset, 'delivered')
    return record
  }

  returned(offset: number): void {
    this.#set(offset, 'returned')
  }

  /** Again what was returned. */
  delivered(offset: number): void {
    this.#set(offset, 'delivered')
  }

  acknowledge(offset: number): void {
    this.#set(offset, 'acknowledged')
  }

  /** Kafka has it. */
  commit(offset: number): void {
    this.#committed = Math.max(this.#committed, offset)
    for (const at of this.#open.keys()) {
      if (at >= offset) break
      this.#open.delete(at)
    }
  }

  #set(offset: number, state: State): void {
    const before = this.#open.get(offset)
    if (before === 'delivered') this.#inHand--
    if (state === 'delivered') this.#inHand++
    this.#open.set(offset, state)
  }
}
