/**
 * Broker: takes messages and delivers them, at least once, to every group that subscribed.
 *
 *   publish ─▶ durable ─▶ resolved          subscribe ─▶ delivery ─▶ ack(): never again for this group
 *                                                            └─ giveBack(), crash, lost lease ─▶ delivered again
 *
 * What a group does with a message (retry, dead letter, order of keys) is the consumer's, the same over every broker.
 */
import type { ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { Message } from './message.ts'
import type { TopicShelf } from './topic-shelf.ts'

export interface Broker {
  /** `sqlite`, `kafka` … */
  readonly name: string
  /** Whether `delayMs` of a message is kept. */
  readonly canDelay: boolean
  /** Looks at topics without taking anything; undefined where the broker cannot. Usable once it is started. */
  readonly shelf?: TopicShelf | undefined
  /**
   * Resolves when it can be used. May be called again after it failed; what is published meanwhile finds a broker that is back by itself.
   *
   * @throws ServiceError `BROKER_UNAVAILABLE`, within the broker's own time-out; and what no waiting heals, such as `BAD_BROKER_URL`.
   */
  start(): Promise<void>
  /**
   * Resolves when all of them are as durable as the broker makes messages.
   *
   * @throws ServiceError `BROKER_UNAVAILABLE`: whether they were taken is unknown; publishing them again, with the same ids,
   *   is safe for a consumer with an inbox.
   */
  publish(messages: readonly Message[]): Promise<void>
  subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription>
  /** Messages of the topic that the group has not acknowledged; undefined where the broker cannot say. */
  lag(topic: string, group: string): Promise<number | undefined>
  health(signal: AbortSignal): Promise<ComponentHealth>
  /** Subscriptions have been closed before. */
  stop(): Promise<void>
}

export interface SubscriptionSource {
  readonly topic: string
  /** Each message goes to one member of a group; every group gets all of them. */
  readonly group: string
  /** Deliveries at most that are neither acknowledged nor given back. */
  readonly prefetch: number
  /** Where a group begins that was never there before. */
  readonly from: 'earliest' | 'latest'
}

export interface Delivery {
  readonly message: Message
  /** 1 for the first time, as far as the broker knows. */
  readonly attempt: number
  /**
   * The group is done with it. Deliveries may be acknowledged in any order.
   *
   * @throws ServiceError `DELIVERY_LOST` if another member got it meanwhile: it may have been handled twice.
   */
  ack(): Promise<void>
  /** Not handled: somebody of the group gets it again, soon. */
  giveBack(): void
}

export interface BrokerSubscription {
  /** Nothing is delivered until `resume`. What was delivered is still to be acknowledged. */
  pause(): void
  resume(): void
  /** Delivers nothing any more, gives back what is not acknowledged, and leaves the group. */
  close(): Promise<void>
}
