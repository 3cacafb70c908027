/**
 * Messaging: events, typed and checked, over a broker.
 *
 *   defineEvent ─▶ publish ─▶ schema ─▶ CloudEvents envelope + trace ─▶ Broker ─▶ durable
 *                                                                         │
 *   handler ◀─ schema ◀─ envelope ◀─ layers ◀─ attempt ◀─ order of keys ◀─┘  ─▶ ack │ retry │ dead letter
 */

export type { BatchHandler, BatchLayer } from './batcher.ts'
export type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from './broker.ts'
export { type KafkaBrokerOptions, kafkaBroker } from './brokers/kafka.ts'
export { type NatsBrokerOptions, natsBroker } from './brokers/nats.ts'
export { type RabbitmqBrokerOptions, rabbitmqBroker } from './brokers/rabbitmq.ts'
export { type RedisBrokerOptions, redisBroker } from './brokers/redis.ts'
export { type RocketmqBrokerOptions, rocketmqBroker } from './brokers/rocketmq.ts'
export { type SqliteBrokerOptions, sqliteBroker } from './brokers/sqlite.ts'
export type { MessageContext, MessageLayer } from './consumer.ts'
export { createMessaging, type MessagingOptions } from './create-messaging.ts'
export { fromDeadLetter } from './dead-letter.ts'
export type { DeadLetter, DeadLetterChoice, DeadLetterFilter, DeadLetters } from './dead-letters.ts'
export { defineEvent, type EventDefinition, type EventOptions, type ReceivedEvent } from './event.ts'
export type { Message, MessageHeaders } from './message.ts'
export {
  type EventHandler,
  type GroupView,
  Messaging,
  type MessagingParts,
  type PublishManyItem,
  type PublishOptions,
  type SettlingHandler,
} from './messaging.ts'
export type { RetryRequest, Settling } from './settlement.ts'
export type { BatchOptions, RedeliveryOptions, SubscriptionOptions } from './subscription-options.ts'
export type { ShelvedMessage, TopicShelf } from './topic-shelf.ts'
