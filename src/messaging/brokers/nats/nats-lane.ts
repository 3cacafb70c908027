/**
 * NatsLane: one lane of a topic, read by one member of a group: a durable pull consumer of JetStream.
 *
 *   taken │ reconnected │ a delivery is missing ─▶ unsettled: what arrives is kept ─ everything pending is here ─▶ settled: in order ─▶ handed on
 *                                                        ▲                                                             │
 *                                                        └──────────────────────── a gap in the numbers ───────────────┘
 *
 * What was delivered to nobody (to a member that died, into a connection that broke) comes again when JetStream's wait for its
 * acknowledgement ends. Until then nothing behind it may be handed on, or the order of keys would be lost.
 */
import type { CancelTimer, Clock } from '../../../foundation/clock/clock.ts'
import { type NatsConnection, type NatsMessage, NatsRefusal } from './nats-connection.ts'

export interface NatsLaneParts {
  readonly connection: NatsConnection
  readonly clock: Clock
  readonly lane: number
  readonly stream: string
  readonly consumer: string
  /** How many may be here that are not acknowledged. */
  readonly room: () => number
  readonly isPaused: () => boolean
  readonly onArrival: (arrival: NatsArrival) => void
  readonly onError: (error: unknown) => void
  /** Stream or consumer is gone. */
  readonly onGone: () => void
}

/** A message in this member's hands. */
export interface NatsArrival {
  /** Its place in the stream. */
  readonly sequence: number
  readonly message: NatsMessage
  /** Where its acknowledgement goes; of its last delivery. */
  reply: string
  /** Number of its last delivery by the consumer. */
  delivery: number
  attempt: number
  /** An acknowledgement is on its way: JetStream may count it as pending or not. */
  isSettling: boolean
}

interface ConsumerState {
  readonly num_ack_pending: number
  readonly delivered: { readonly consumer_seq: number }
}

/** JetStream cannot be told to forget what was asked for: whoever leaves waits for its end. */
const pullMs = 1_000
const settleEveryMs = 50

export class NatsLane {
  readonly #parts: NatsLaneParts
  readonly #hand = new Map<number, NatsArrival>()
  /** What arrived while it was unsettled. */
  #early: NatsArrival[] = []
  #isSettled = false
  #isSettling = false
  #isClosed = false
  #isLeaving = false
  #expected = 0
  #missing = 0
  #pulled = 0
  #cancelPull: CancelTimer | undefined
  #inbox = ''
  #unsubscribe: (() => void) | undefined

  constructor(parts: NatsLaneParts) {
    this.#parts = parts
  }

  get lane(): number {
    return this.#parts.lane
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether nothing of it is in this member's hands. */
  get isFree(): boolean {
    return this.#hand.size === 0
  }

  async open(): Promise<void> {
    const { connection } = this.#parts
    this.#inbox = connection.newInbox()
    const subject = await connection.subscribe(this.#inbox, (message) => this.#arrived(message))
    this.#unsubscribe = () => subject.unsubscribe()
    if (this.#isClosed) return this.#unsubscribe()
    this.unsettle()
  }

  /** After a reconnect, or when something may have been delivered that never came. */
  unsettle(): void {
    this.#isSettled = false
    this.#pulled = 0
    this.pull()
    if (!this.#isSettling) void this.#settle()
  }

  /** Asks for as many as there is room for, if nothing is asked for already. */
  pull(): void {
    const { connection, stream, consumer, room, isPaused, clock } = this.#parts
    if (this.#isClosed || this.#isLeaving || this.#pulled > 0 || (isPaused() && this.#isSettled)) return
    const batch = Math.max(room() - this.#hand.size, this.#isSettled ? 0 : this.#missing + 1)
    if (batch <= 0) return
    this.#pulled = batch
    const question = JSON.stringify({ batch, expires: pullMs * 1_000_000 })
    connection.send(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, question, this.#inbox)
    this.#cancelPull?.()
    this.#cancelPull = clock.schedule(2 * pullMs, () => this.#pullAgain())
  }

  /** So that JetStream goes on waiting for acknowledgements. */
  extend(): void {
    for (const { reply } of this.#hand.values()) this.#parts.connection.send(reply, '+WPI')
  }

  /** @throws ServiceError `BROKER_UNAVAILABLE` */
  async acknowledge(arrival: NatsArrival): Promise<void> {
    arrival.isSettling = true
    try {
      await this.#parts.connection.request(arrival.reply, '+ACK')
      this.#hand.delete(arrival.sequence)
      this.pull()
    } finally {
      arrival.isSettling = false
    }
  }

  /** Takes nothing any more, and leaves what is in hand to the wait of JetStream. */
  drop(): void {
    this.#isClosed = true
    this.#cancelPull?.()
    this.#unsubscribe?.()
  }

  /**
   * As `drop`, and gives back what is in hand, in its order. First what was asked for must have ended: JetStream 2.9 loses sight, until
   * its wait is over, of what is given back while somebody asks who has left.
   */
  async leave(): Promise<void> {
    if (this.#isClosed) return
    this.#isLeaving = true
    const { clock, connection, onError } = this.#parts
    for (let waitedMs = 0; this.#hand.size > 0 && this.#pulled > 0 && waitedMs < 2 * pullMs; waitedMs += 20) {
      await clock.sleep(20)
    }
    this.drop()
    for (const { reply } of this.#inOrder([...this.#hand.values()])) {
      await connection.request(reply, '-NAK').catch(onError)
    }
  }

  #arrived(message: NatsMessage): void {
    const { code = 0 } = message.headers ?? {}
    const { reply = '' } = message
    if (reply === '') this.#said(code)
    else if (this.#isClosed) this.#parts.connection.send(reply, '-NAK')
    else this.#take(message, reply)
  }

  #take(message: NatsMessage, reply: string): void {
    const { sequence, delivery, attempt } = numbersOf(reply)
    this.#pulled--
    const isInOrder = delivery === this.#expected
    this.#expected = delivery + 1
    const known = this.#hand.get(sequence)
    if (known !== undefined) {
      Object.assign(known, { reply, delivery, attempt })
    } else {
      const arrival = { sequence, message, reply, delivery, attempt, isSettling: false }
      this.#hand.set(sequence, arrival)
      if (this.#isSettled && isInOrder && !this.#isLeaving) this.#parts.onArrival(arrival)
      else this.#early.push(arrival)
    }
    if (this.#isSettled && !isInOrder) this.unsettle()
    else if (this.#pulled === 0) this.pull()
  }

  /** A status in place of a message ends what was asked for. */
  #said(code: number): void {
    if (this.#isClosed || code === 100) return
    // 404 and 408: nothing came in time. Others: no such consumer, or no leader at the moment.
    const isOver = code === 404 || code === 408
    this.#cancelPull?.()
    if (isOver) this.#pullAgain()
    else this.#cancelPull = this.#parts.clock.schedule(200, () => this.unsettle())
  }

  #pullAgain(): void {
    this.#pulled = 0
    this.pull()
  }

  async #settle(): Promise<void> {
    const { clock, onError } = this.#parts
    this.#isSettling = true
    while (!this.#isClosed && !this.#isLeaving && !this.#isSettled) {
      try {
        if ((await this.#isComplete()) && !this.#isLeaving) this.#release()
        else await clock.sleep(settleEveryMs)
      } catch (error) {
        if (error instanceof NatsRefusal && error.code === 404) this.#parts.onGone()
        onError(error)
        await clock.sleep(200)
      }
    }
    this.#isSettling = false
  }

  /** Whether everything that JetStream waits for is surely in our hands. */
  async #isComplete(): Promise<boolean> {
    const { connection, stream, consumer } = this.#parts
    const steady = [...this.#hand.values()].filter(({ isSettling }) => !isSettling)
    const state = await connection.ask<ConsumerState>(`CONSUMER.INFO.${stream}.${consumer}`)
    const { consumer_seq: delivered } = state.delivered
    const here = steady.filter((arrival) => this.#hand.has(arrival.sequence) && !arrival.isSettling)
    this.#missing = Math.max(0, state.num_ack_pending - here.length)
    if (this.#missing > 0) this.pull()
    // What came after the question is not in the answer: ask again.
    if (this.#missing > 0 || [...this.#hand.values()].some(({ delivery }) => delivery > delivered)) return false
    this.#expected = delivered + 1
    return true
  }

  #release(): void {
    this.#isSettled = true
    this.#missing = 0
    for (const arrival of this.#inOrder(this.#early.splice(0))) this.#parts.onArrival(arrival)
    this.pull()
  }

  #inOrder(arrivals: NatsArrival[]): NatsArrival[] {
    return arrivals.sort((one, other) => one.sequence - other.sequence)
  }
}

/** `$JS.ACK.[domain.account.]stream.consumer.attempt.sequence.delivery.time.pending[.random]` (ADR-15 of nats-architecture-and-design). */
function numbersOf(reply: string): { sequence: number; delivery: number; attempt: number } {
  const words = reply.split('.')
  const [attempt, sequence, delivery] = words.slice(words.length > 9 ? 6 : 4).map(Number)
  return { attempt: attempt ?? 1, sequence: sequence ?? 0, delivery: delivery ?? 0 }
}
