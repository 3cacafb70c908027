/**
 * RedisSubscription: one member of a group, over the lanes that it holds.
 *
 *   turn ─▶ renew lease, share lanes ─▶ read up to prefetch: first what is pending, then what is new ─▶ deliver ─▶ wait
 *   ack  ─▶ those of one turn of the loop together ─▶ still the lane's holder? ─▶ acknowledged │ DELIVERY_LOST
 */
import type { CancelTimer, Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { RedisLike, RedisReply } from '../../../redis/redis-like.ts'
import type { BrokerSubscription, Delivery, SubscriptionSource } from '../../broker.ts'
import { deliverAgain } from '../../internal/deliver-again.ts'
import type { Message } from '../../message.ts'
import { messageFrom, replyText } from './redis-entry.ts'
import { acknowledgeScript, claimScript, leaveScript, readScript } from './redis-scripts.ts'

export interface RedisSubscriptionParts {
  readonly redis: RedisLike
  readonly source: SubscriptionSource
  readonly keys: { readonly lanes: readonly string[]; readonly members: string; readonly owners: string }
  readonly member: string
  readonly receive: (delivery: Delivery) => void
  readonly clock: Clock
  readonly leaseMs: number
  readonly onError: (error: unknown) => void
  /** The error of Redis as a broker's. */
  readonly asBrokerError: (error: unknown) => unknown
}

interface Lane {
  readonly lane: number
  readonly epoch: number
  /** From where to read: a position in what is pending, or `>`, what nobody has read. */
  after: string
  readonly open: Set<string>
  readonly acks: { position: string; settle: (error?: unknown) => void }[]
}

/** Notices may be lost: how soon we look without one, at most. */
const pollMs = 200

export class RedisSubscription implements BrokerSubscription {
  readonly #parts: RedisSubscriptionParts
  readonly #lanes = new Map<number, Lane>()
  readonly #settling = new Set<Promise<void>>()
  #hasJoined = false
  #isPaused = false
  #isClosed = false
  #isWanted = false
  #renewAtMs = 0
  #cancelTimer: CancelTimer | undefined
  #turn: Promise<void> | undefined
  #first = 0

  constructor(parts: RedisSubscriptionParts) {
    this.#parts = parts
  }

  /** Resolves when the group is there. */
  join(): Promise<void> {
    return this.#renew()
  }

  wake(): void {
    this.#isWanted = true
    if (this.#turn !== undefined || this.#isClosed) return
    this.#cancelTimer?.()
    this.#turn = this.#turns().finally(() => {
      this.#turn = undefined
      if (!this.#isClosed) this.#cancelTimer = this.#parts.clock.schedule(pollMs, () => this.wake())
    })
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.wake()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelTimer?.()
    await this.#turn
    await Promise.all(this.#settling)
    const lanes = [...this.#lanes.values()]
    this.#lanes.clear()
    // A Redis that is down gives the lanes to others when the lease ends.
    await this.#give(lanes, true).catch(this.#parts.onError)
  }

  async #turns(): Promise<void> {
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false
      try {
        await this.#renew()
        if (!this.#isPaused) await this.#read()
      } catch (error) {
        this.#renewAtMs = 0
        this.#parts.onError(error)
      }
    }
  }

  async #renew(): Promise<void> {
    const { redis, keys, member, clock, leaseMs, source } = this.#parts
    if (clock.monotonic() < this.#renewAtMs) return
    // A group that is gone with Redis's data begins at the start: everything there is newer.
    const from = source.from === 'latest' && !this.#hasJoined ? '$' : '0'
    const call = { keys: [keys.members, keys.owners, ...keys.lanes], args: [member, leaseMs, from, source.group] }
    const startedMs = clock.monotonic()
    const [share, ...claims] = (await redis.run(claimScript, call)) as number[]
    this.#hasJoined = true
    this.#renewAtMs = startedMs + leaseMs / 3
    const held = new Map<number, number>()
    for (let at = 0; at < claims.length; at += 2) held.set(claims[at] ?? 0, claims[at + 1] ?? 0)
    for (const { lane, epoch } of [...this.#lanes.values()]) if (held.get(lane) !== epoch) this.#lanes.delete(lane)
    for (const [lane, epoch] of held) {
      if (!this.#lanes.has(lane)) this.#lanes.set(lane, { lane, epoch, after: '0', open: new Set(), acks: [] })
    }
    const free = [...this.#lanes.values()].filter(({ open }) => open.size === 0)
    const given = free.slice(0, Math.max(0, this.#lanes.size - (share ?? 0)))
    for (const { lane } of given) this.#lanes.delete(lane)
    if (given.length > 0) await this.#give(given, false)
  }

  async #give(lanes: readonly Lane[], leaves: boolean): Promise<void> {
    const { redis, keys, member } = this.#parts
    const args = [member, leaves ? 1 : 0, ...lanes.flatMap(({ lane, epoch }) => [lane, epoch])]
    await redis.run(leaveScript, { keys: [keys.members, keys.owners], args })
  }

  async #read(): Promise<void> {
    const { redis, keys, member, source } = this.#parts
    const room = source.prefetch - this.#inHand()
    if (room <= 0 || this.#lanes.size === 0) return
    const lanes = this.#inTurn()
    const wanted = lanes.flatMap(({ lane, epoch, after }) => [lane, epoch, after])
    const call = {
      keys: [keys.owners, ...lanes.map(({ lane }) => keys.lanes[lane] ?? '')],
      args: [member, source.group, room, ...wanted],
    }
    try {
      for (const found of (await redis.run(readScript, call, { binary: true })) as RedisReply[][]) this.#take(found)
    } catch (error) {
      // An answer that was lost made messages pending that we never saw.
      for (const lane of lanes) lane.after = '0'
      throw error
    }
  }

  /** Each lane is the first in its turn. */
  #inTurn(): Lane[] {
    const lanes = [...this.#lanes.values()]
    this.#first = (this.#first + 1) % lanes.length
    return [...lanes.slice(this.#first), ...lanes.slice(0, this.#first)]
  }

  #inHand(): number {
    let count = 0
    for (const { open } of this.#lanes.values()) count += open.size
    return count
  }

  #take([number, found]: RedisReply[]): void {
    const lane = this.#lanes.get(Number(replyText(number)))
    const entries = found as [RedisReply, RedisReply[] | null][]
    if (lane === undefined) return
    if (entries.length > 0 || lane.after !== '>') this.#isWanted = true
    if (entries.length === 0) lane.after = '>'
    for (const [id, fields] of entries) {
      const position = replyText(id)
      if (lane.after !== '>') lane.after = position
      if (lane.open.has(position)) continue
      // Trimmed away while it was pending: nobody can handle it any more.
      if (fields === null) {
        this.#acknowledge(lane, position).catch(this.#parts.onError)
        continue
      }
      lane.open.add(position)
      this.#parts.receive(this.#delivery(lane, { position, message: messageFrom(this.#parts.source.topic, fields) }, 1))
    }
  }

  #delivery(lane: Lane, taken: { position: string; message: Message }, attempt: number): Delivery {
    return {
      message: taken.message,
      attempt,
      ack: () => this.#acknowledge(lane, taken.position),
      giveBack: () =>
        deliverAgain({
          clock: this.#parts.clock,
          attempt,
          isHeld: () => !this.#isClosed && this.#lanes.get(lane.lane) === lane,
          isPaused: () => this.#isPaused,
          deliver: () => this.#parts.receive(this.#delivery(lane, taken, attempt + 1)),
        }),
    }
  }

  #acknowledge(lane: Lane, position: string): Promise<void> {
    if (this.#lanes.get(lane.lane) !== lane) return Promise.reject(deliveryLost())
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown): void => (error === undefined ? resolve() : reject(error))
      if (lane.acks.push({ position, settle }) > 1) return
      const settling = Promise.resolve().then(() => this.#flush(lane))
      this.#settling.add(settling)
      void settling.then(() => this.#settling.delete(settling))
    })
  }

  async #flush(lane: Lane): Promise<void> {
    const { redis, keys, member, source, asBrokerError } = this.#parts
    const acks = lane.acks.splice(0)
    const positions = acks.map(({ position }) => position)
    const args = [member, source.group, lane.lane, lane.epoch, ...positions]
    let problem: unknown
    try {
      const kept = await redis.run(acknowledgeScript, { keys: [keys.owners, keys.lanes[lane.lane] ?? ''], args })
      if (kept === 0) problem = deliveryLost()
      for (const position of positions) lane.open.delete(position)
    } catch (error) {
      problem = asBrokerError(error)
    }
    for (const { settle } of acks) settle(problem)
    this.wake()
  }
}

function deliveryLost(): ServiceError {
  return new ServiceError(
    'DELIVERY_LOST',
    'Another member of the group has taken over this message: this one was too slow, or stopped. It may be handled twice; an inbox makes its effect once.',
    { status: 409 },
  )
}
