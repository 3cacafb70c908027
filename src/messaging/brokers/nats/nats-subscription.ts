/**
 * NatsSubscription: one member of a group, over the lanes that are its share.
 *
 *   turn ─▶ say that we live, take or give up lanes (compare-and-set) ─▶ wait a third of the lease
 *   lane ─▶ arrivals ─▶ so many in hand ─▶ receive ─▶ ack ─▶ is the lane still ours? ─▶ acknowledged │ DELIVERY_LOST
 */
import type { CancelTimer, Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { BrokerSubscription, Delivery, SubscriptionSource } from '../../broker.ts'
import { deliverAgain } from '../../internal/deliver-again.ts'
import { InHand } from '../../internal/in-hand.ts'
import { laneCount } from '../../lane-of.ts'
import { type LaneShares, leaveShare, noShares, takeShare } from '../lane-shares.ts'
import { asBrokerError, type NatsConnection, NatsRefusal } from './nats-connection.ts'
import { type NatsArrival, NatsLane } from './nats-lane.ts'
import { consumerOf, fromNatsMessage, groupsStream, shareSubject, streamOf, subjectOf } from './nats-names.ts'

export interface NatsSubscriptionParts {
  readonly connection: NatsConnection
  readonly source: SubscriptionSource
  readonly member: string
  readonly receive: (delivery: Delivery) => void
  readonly clock: Clock
  readonly leaseMs: number
  readonly onError: (error: unknown) => void
  /** Makes the topic's stream, and that of the groups, if they are not there. */
  readonly ensureStreams: () => Promise<void>
}

/** A record of who reads what, and its number for compare-and-set. */
interface Kept {
  readonly shares: LaneShares
  readonly revision: number
}

const wrongLastSequence = 10_071
const noMessage = 10_037

export class NatsSubscription implements BrokerSubscription {
  readonly #parts: NatsSubscriptionParts
  readonly #lanes = new Map<number, NatsLane>()
  readonly #inHand: InHand
  /** What was delivered and is not acknowledged, of each lane. */
  readonly #delivered = new Map<NatsLane, Set<NatsArrival>>()
  /** When each member's number was seen to move, by our watch. */
  readonly #seen = new Map<string, { beat: number; atMs: number }>()
  #heldUntilMs = 0
  #isClosed = false
  #cancelTurn: CancelTimer | undefined
  #cancelExtend: CancelTimer | undefined
  #turn: Promise<void> | undefined
  #isWanted = false
  #unsubscribe: (() => void) | undefined

  constructor(parts: NatsSubscriptionParts) {
    this.#parts = parts
    this.#inHand = new InHand(parts.source.prefetch)
  }

  /** Resolves when the group is there, and this member in it. */
  async join(): Promise<void> {
    const { connection, source, ensureStreams } = this.#parts
    await ensureStreams()
    await this.#ensureConsumers(source.from)
    const subject = await connection.subscribe(`${shareSubject(source)}.changed`, ({ data }) => {
      if (Buffer.from(data).toString() !== this.#parts.member) this.wake()
    })
    this.#unsubscribe = () => subject.unsubscribe()
    await this.#share()
    this.#later()
    this.#extendLater()
  }

  /** Everything that was asked for over the lost connection may be lost. */
  reconnected(): void {
    for (const lane of this.#lanes.values()) lane.unsettle()
    this.wake()
  }

  wake(): void {
    this.#isWanted = true
    if (this.#turn !== undefined || this.#isClosed) return
    this.#cancelTurn?.()
    this.#turn = this.#turns().finally(() => {
      this.#turn = undefined
      this.#later()
    })
  }

  pause(): void {
    this.#inHand.pause()
  }

  resume(): void {
    this.#inHand.resume()
    for (const lane of this.#lanes.values()) lane.pull()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelTurn?.()
    await this.#turn
    this.#unsubscribe?.()
    const lanes = [...this.#lanes.values()]
    this.#lanes.clear()
    await Promise.all(lanes.map((lane) => lane.leave()))
    this.#cancelExtend?.()
    // A server that is down gives the lanes to others when the lease ends.
    await this.#change((shares) => leaveShare(shares, this.#parts.member)).then(() => this.#tell(), this.#parts.onError)
  }

  #later(): void {
    if (this.#isClosed) return
    this.#cancelTurn = this.#parts.clock.schedule(this.#parts.leaseMs / 3, () => this.wake())
  }

  #extendLater(): void {
    if (this.#isClosed) return
    this.#cancelExtend = this.#parts.clock.schedule(ackWaitMs(this.#parts.leaseMs) / 3, () => {
      for (const lane of this.#lanes.values()) lane.extend()
      this.#extendLater()
    })
  }

  async #turns(): Promise<void> {
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false
      try {
        await this.#share()
      } catch (error) {
        this.#dropIfLate()
        this.#parts.onError(error)
      }
    }
  }

  /** Whoever sleeps beyond its lease holds nothing any more, whatever it believes. */
  #dropIfLate(): boolean {
    if (this.#parts.clock.monotonic() < this.#heldUntilMs) return false
    for (const lane of [...this.#lanes.values()]) this.#drop(lane)
    return true
  }

  async #share(): Promise<void> {
    const { clock, leaseMs, member } = this.#parts
    const startedMs = clock.monotonic()
    this.#dropIfLate()
    const before = new Set(this.#lanes.keys())
    const { shares, hasChanged } = await this.#change((found) => takeShare(found, this.#wish(found)))
    this.#heldUntilMs = startedMs + leaseMs
    const mine = new Set(shares.lanes.flatMap((holder, lane) => (holder === member ? [lane] : [])))
    for (const lane of before) {
      const known = this.#lanes.get(lane)
      if (!mine.has(lane) && known !== undefined) this.#drop(known)
    }
    for (const lane of mine) if (!this.#lanes.has(lane)) await this.#open(lane)
    if (hasChanged) this.#tell()
  }

  #wish({ members }: LaneShares): Parameters<typeof takeShare>[1] {
    const { clock, leaseMs, member } = this.#parts
    const nowMs = clock.monotonic()
    for (const name of [...this.#seen.keys()]) if (!Object.hasOwn(members, name)) this.#seen.delete(name)
    return {
      member,
      isAlive: (name, beat) => {
        const seen = this.#seen.get(name)
        if (seen?.beat !== beat) this.#seen.set(name, { beat, atMs: nowMs })
        return seen?.beat !== beat || nowMs - seen.atMs < leaseMs
      },
      isFree: (lane) => this.#lanes.get(lane)?.isFree ?? true,
    }
  }

  /** Compare-and-set, as often as others come between. */
  async #change(decide: (shares: LaneShares) => LaneShares): Promise<{ shares: LaneShares; hasChanged: boolean }> {
    const { connection, source, clock } = this.#parts
    for (let attempt = 1; ; attempt++) {
      const { shares: found, revision } = await this.#kept()
      const shares = decide(found)
      try {
        const headers = { 'Nats-Expected-Last-Subject-Sequence': String(revision) }
        await connection.append(shareSubject(source), JSON.stringify(shares), headers)
        return {
          shares,
          hasChanged: JSON.stringify(shares.lanes) !== JSON.stringify(found.lanes) || isNew(found, shares),
        }
      } catch (error) {
        if (!(error instanceof NatsRefusal) || error.reason !== wrongLastSequence || attempt === 20) {
          throw asBrokerError(error)
        }
        await clock.sleep(Math.random() * 10 * attempt)
      }
    }
  }

  async #kept(): Promise<Kept> {
    const { connection, source, ensureStreams } = this.#parts
    try {
      const question = { last_by_subj: shareSubject(source) }
      const { message } = await connection.ask<{ message: { seq: number; data: string } }>(
        `STREAM.MSG.GET.${groupsStream}`,
        question,
      )
      return { shares: JSON.parse(Buffer.from(message.data, 'base64').toString()) as LaneShares, revision: message.seq }
    } catch (error) {
      if (!(error instanceof NatsRefusal) || error.code !== 404) throw asBrokerError(error)
      if (error.reason !== noMessage) await ensureStreams().catch(this.#parts.onError)
      return { shares: noShares(laneCount), revision: 0 }
    }
  }

  /** Others look at once, and not only at their next turn. */
  #tell(): void {
    this.#parts.connection.send(`${shareSubject(this.#parts.source)}.changed`, this.#parts.member)
  }

  async #open(number: number): Promise<void> {
    const { connection, clock, source, onError } = this.#parts
    const lane: NatsLane = new NatsLane({
      connection,
      clock,
      lane: number,
      stream: streamOf(source.topic),
      consumer: consumerOf(source.group, number),
      room: () => Math.max(8, Math.ceil((2 * source.prefetch) / Math.max(1, this.#lanes.size))),
      isPaused: () => this.#inHand.isPaused,
      onArrival: (arrival) => this.#arrived(lane, arrival),
      onError,
      // A group that is gone with the server's files begins at the start: everything there is newer.
      onGone: () =>
        void this.#parts
          .ensureStreams()
          .then(() => this.#ensureConsumers('earliest'))
          .catch(onError),
    })
    this.#lanes.set(number, lane)
    this.#delivered.set(lane, new Set())
    await lane.open()
  }

  #drop(lane: NatsLane): void {
    lane.drop()
    this.#lanes.delete(lane.lane)
    const delivered = this.#delivered.get(lane)?.size ?? 0
    this.#delivered.delete(lane)
    this.#inHand.release(delivered)
  }

  #arrived(lane: NatsLane, arrival: NatsArrival): void {
    this.#inHand.add({
      isHeld: () => !lane.isClosed,
      deliver: () => {
        this.#delivered.get(lane)?.add(arrival)
        this.#parts.receive(this.#delivery(lane, arrival, arrival.attempt))
      },
    })
  }

  #delivery(lane: NatsLane, arrival: NatsArrival, attempt: number): Delivery {
    return {
      message: fromNatsMessage(this.#parts.source.topic, arrival.message),
      attempt,
      ack: () => this.#acknowledge(lane, arrival),
      giveBack: () =>
        deliverAgain({
          clock: this.#parts.clock,
          attempt,
          isHeld: () => !this.#isClosed && !lane.isClosed,
          isPaused: () => this.#inHand.isPaused,
          deliver: () => this.#parts.receive(this.#delivery(lane, arrival, attempt + 1)),
        }),
    }
  }

  async #acknowledge(lane: NatsLane, arrival: NatsArrival): Promise<void> {
    if (lane.isClosed || this.#dropIfLate()) throw deliveryLost()
    await lane.acknowledge(arrival)
    if (this.#delivered.get(lane)?.delete(arrival) === true) this.#inHand.release()
  }

  async #ensureConsumers(from: SubscriptionSource['from']): Promise<void> {
    const { source, connection, leaseMs } = this.#parts
    const stream = streamOf(source.topic)
    await Promise.all(
      Array.from({ length: laneCount }, async (_, lane) => {
        const consumer = consumerOf(source.group, lane)
        try {
          await connection.ask(`CONSUMER.INFO.${stream}.${consumer}`)
        } catch (error) {
          if (!(error instanceof NatsRefusal) || error.code !== 404) throw asBrokerError(error)
          const config = consumerConfig({ source, lane, leaseMs, from })
          await connection
            .ask(`CONSUMER.DURABLE.CREATE.${stream}.${consumer}`, { stream_name: stream, config })
            .catch(unlessThere)
        }
      }),
    )
  }
}

/** What was delivered to nobody comes again after it, and not before: short, since a member that lives asks for more time. */
function ackWaitMs(leaseMs: number): number {
  return Math.min(2_000, leaseMs)
}

function consumerConfig({
  source,
  lane,
  leaseMs,
  from,
}: {
  source: SubscriptionSource
  lane: number
  leaseMs: number
  from: SubscriptionSource['from']
}): object {
  return {
    durable_name: consumerOf(source.group, lane),
    filter_subject: subjectOf(source.topic, lane),
    deliver_policy: from === 'latest' ? 'new' : 'all',
    ack_policy: 'explicit',
    ack_wait: ackWaitMs(leaseMs) * 1_000_000,
    // How often a message is tried, and where it goes then, is the consumer's of this library.
    max_deliver: -1,
    max_ack_pending: 10_000,
    replay_policy: 'instant',
  }
}

/** Another member made it at the same moment. */
function unlessThere(error: unknown): void {
  if (error instanceof NatsRefusal && error.code === 400) return
  throw asBrokerError(error)
}

function isNew(before: LaneShares, after: LaneShares): boolean {
  return Object.keys(before.members).length !== Object.keys(after.members).length
}

function deliveryLost(): ServiceError {
  return new ServiceError(
    'DELIVERY_LOST',
    'Another member of the group has taken over this message: this one was too slow, or stopped. It may be handled twice; an inbox makes its effect once.',
    { status: 409 },
  )
}
