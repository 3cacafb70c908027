/**
 * RabbitSubscription: one member of a group: a consumer at each of its queues, of which RabbitMQ lets one member's be active.
 *
 *   queue ─▶ its active consumer: us? ─▶ arrivals ─▶ so many in hand ─▶ receive ─▶ ack
 *   channel or connection lost ─▶ RabbitMQ gives what was not acknowledged to the next member, before anything else ─▶ we stand in line again
 *   another member came ─▶ we let go of some free queues and stand in line again
 */
import type { CancelTimer, Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { BrokerSubscription, Delivery, SubscriptionSource } from '../../broker.ts'
import { deliverAgain } from '../../internal/deliver-again.ts'
import { InHand } from '../../internal/in-hand.ts'
import type { RabbitChannel, RabbitConnection, RabbitMessage } from './rabbitmq-connection.ts'
import { attemptOf, fromRabbitMessage, groupNames, queueCount, type RabbitGroup } from './rabbitmq-topic.ts'

export interface RabbitSubscriptionParts {
  readonly connection: RabbitConnection
  readonly source: SubscriptionSource
  readonly receive: (delivery: Delivery) => void
  readonly clock: Clock
  readonly onError: (error: unknown) => void
  readonly random: () => number
}

/** Each lane has a channel of its own: closing it is the one way to leave a queue that gives back and hands over in one step. */
interface Lane {
  readonly channel: RabbitChannel
  /** Here and not acknowledged. */
  readonly open: Set<RabbitMessage>
  delivered: number
  isClosed: boolean
}

const lookEveryMs = 1_000

export class RabbitSubscription implements BrokerSubscription {
  readonly topic: string
  readonly group: string
  readonly #parts: RabbitSubscriptionParts
  readonly #names: RabbitGroup
  readonly #inHand: InHand
  readonly #lanes: (Lane | undefined)[] = []
  #members: RabbitChannel | undefined
  #memberCount = 1
  #isClosed = false
  #turn: Promise<void> | undefined
  #cancelLook: CancelTimer | undefined

  constructor(parts: RabbitSubscriptionParts) {
    this.#parts = parts
    this.topic = parts.source.topic
    this.group = parts.source.group
    this.#names = groupNames(this.topic, this.group)
    this.#inHand = new InHand(parts.source.prefetch)
  }

  /** What this member has and has not acknowledged. */
  get openCount(): number {
    return this.#lanes.reduce((sum, lane) => sum + (lane?.open.size ?? 0), 0)
  }

  /** Resolves when it stands in line at every queue. */
  async join(): Promise<void> {
    await this.#openAll()
    this.#lookLater()
  }

  connectionLost(): void {
    for (const lane of this.#lanes) if (lane !== undefined) this.#lost(lane)
    this.#members = undefined
  }

  reconnected(): void {
    this.#look()
  }

  pause(): void {
    this.#inHand.pause()
  }

  resume(): void {
    this.#inHand.resume()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelLook?.()
    await this.#turn
    const channels = this.#lanes.flatMap((lane) => (lane === undefined || lane.isClosed ? [] : [lane.channel]))
    for (const lane of this.#lanes) if (lane !== undefined) this.#lost(lane)
    if (this.#members !== undefined) channels.push(this.#members)
    await Promise.all(channels.map((channel) => this.#closed(channel)))
  }

  async #openAll(): Promise<void> {
    const { connection } = this.#parts
    if (this.#members === undefined) {
      const channel = await connection.channel()
      await connection.answer(channel.consume(this.#names.members, () => undefined))
      channel.on('close', () => {
        if (this.#members === channel) this.#members = undefined
      })
      this.#members = channel
    }
    for (const index of this.#names.queues.keys()) {
      if (this.#lanes[index] === undefined || this.#lanes[index].isClosed) await this.#open(index)
    }
  }

  async #open(index: number): Promise<void> {
    const { connection, source } = this.#parts
    const channel = await connection.channel()
    const lane: Lane = { channel, open: new Set(), delivered: 0, isClosed: false }
    channel.on('close', () => this.#lost(lane))
    await connection.answer(channel.prefetch(Math.max(2, Math.ceil((2 * source.prefetch) / queueCount))))
    // Deliveries may come before the answer.
    this.#lanes[index] = lane
    const queue = this.#names.queues[index] ?? ''
    await connection.answer(
      channel.consume(queue, (message) => {
        if (message === null) this.#leave(lane)
        else this.#arrived(lane, message)
      }),
    )
  }

  /** The queue has ended our consumer: it moves, or is gone. */
  #leave(lane: Lane): void {
    this.#lost(lane)
    lane.channel.close().catch(() => undefined)
  }

  #lost(lane: Lane): void {
    if (lane.isClosed) return
    lane.isClosed = true
    lane.open.clear()
    this.#inHand.release(lane.delivered)
    lane.delivered = 0
  }

  #lookLater(): void {
    if (this.#isClosed) return
    this.#cancelLook = this.#parts.clock.schedule(lookEveryMs, () => this.#look())
  }

  #look(): void {
    if (this.#turn !== undefined || this.#isClosed) return
    this.#cancelLook?.()
    this.#turn = this.#repair().finally(() => {
      this.#turn = undefined
      this.#lookLater()
    })
  }

  async #repair(): Promise<void> {
    try {
      await this.#openAll()
      await this.#share()
    } catch (error) {
      this.#parts.onError(error)
    }
  }

  /** Lets go of its part of the queues when members have come, so that they become active there. */
  async #share(): Promise<void> {
    const { connection, random } = this.#parts
    const { consumerCount } = await connection.withChannel((channel) => channel.checkQueue(this.#names.members))
    const before = this.#memberCount
    this.#memberCount = consumerCount
    if (consumerCount <= before) return
    for (const [index, lane] of this.#lanes.entries()) {
      const isFree = lane !== undefined && !lane.isClosed && lane.open.size === 0
      if (!isFree || random() < before / consumerCount) continue
      this.#lost(lane)
      await this.#closed(lane.channel)
      await this.#open(index)
    }
  }

  async #closed(channel: RabbitChannel): Promise<void> {
    if (!this.#parts.connection.isConnected) return
    try {
      await this.#parts.connection.answer(channel.close())
    } catch {
      // It was closed before.
    }
  }

  #arrived(lane: Lane, message: RabbitMessage): void {
    if (lane.isClosed) return
    lane.open.add(message)
    this.#inHand.add({
      isHeld: () => !lane.isClosed,
      deliver: () => {
        lane.delivered++
        this.#parts.receive(this.#delivery(lane, message, attemptOf(message)))
      },
    })
  }

  #delivery(lane: Lane, message: RabbitMessage, attempt: number): Delivery {
    return {
      message: fromRabbitMessage(this.topic, message),
      attempt,
      ack: () => this.#acknowledge(lane, message),
      giveBack: () =>
        deliverAgain({
          clock: this.#parts.clock,
          attempt,
          isHeld: () => !lane.isClosed,
          isPaused: () => this.#inHand.isPaused,
          deliver: () => this.#parts.receive(this.#delivery(lane, message, attempt + 1)),
        }),
    }
  }

  /** AMQP answers to no acknowledgement: one that is lost on the way makes a second delivery. */
  async #acknowledge(lane: Lane, message: RabbitMessage): Promise<void> {
    if (lane.isClosed) throw deliveryLost()
    if (!lane.open.delete(message)) return
    lane.channel.ack(message)
    lane.delivered--
    this.#inHand.release()
  }
}

function deliveryLost(): ServiceError {
  return new ServiceError(
    'DELIVERY_LOST',
    'The connection over which this message came is gone, and RabbitMQ has given it to the next member of the group. It may be handled twice; an inbox makes its effect once.',
    { status: 409 },
  )
}
