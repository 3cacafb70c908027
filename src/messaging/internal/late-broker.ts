/** LateBroker: a broker that is chosen when the service starts, by settings that nobody knows before. */
import type { ComponentHealth } from '../../foundation/lifecycle/component.ts'
import type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from '../broker.ts'
import type { Message } from '../message.ts'
import type { TopicShelf } from '../topic-shelf.ts'

export class LateBroker implements Broker {
  readonly #choose: () => Broker
  #chosen: Broker | undefined

  constructor(choose: () => Broker) {
    this.#choose = choose
  }

  get name(): string {
    return this.#broker.name
  }

  get canDelay(): boolean {
    return this.#broker.canDelay
  }

  get shelf(): TopicShelf | undefined {
    return this.#broker.shelf
  }

  start(): Promise<void> {
    return this.#broker.start()
  }

  publish(messages: readonly Message[]): Promise<void> {
    return this.#broker.publish(messages)
  }

  subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription> {
    return this.#broker.subscribe(source, receive)
  }

  lag(topic: string, group: string): Promise<number | undefined> {
    return this.#broker.lag(topic, group)
  }

  health(signal: AbortSignal): Promise<ComponentHealth> {
    return this.#broker.health(signal)
  }

  stop(): Promise<void> {
    return this.#broker.stop()
  }

  get #broker(): Broker {
    this.#chosen ??= this.#choose()
    return this.#chosen
  }
}
