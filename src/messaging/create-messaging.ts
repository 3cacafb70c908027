/** createMessaging: messaging by the address of its broker, so that configuration alone chooses which. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Broker } from './broker.ts'
import { kafkaBroker } from './brokers/kafka.ts'
import { natsBroker } from './brokers/nats.ts'
import { rabbitmqBroker } from './brokers/rabbitmq.ts'
import { redisBroker } from './brokers/redis.ts'
import { rocketmqBroker } from './brokers/rocketmq.ts'
import { sqliteBroker } from './brokers/sqlite.ts'
import { LateBroker } from './internal/late-broker.ts'
import { Messaging, type MessagingParts } from './messaging.ts'

export interface MessagingOptions extends Omit<MessagingParts, 'broker'> {
  /** `sqlite:FILE`, `sqlite::memory:`, or an address of Redis, Kafka, NATS, RabbitMQ or RocketMQ. Nothing is opened before the start, or the first event that is published; a function is asked then. */
  readonly url: string | (() => string)
}

/** @throws ServiceError `BAD_BROKER_URL`, here or at the start. */
export function createMessaging({ url, ...parts }: MessagingOptions): Messaging {
  return new Messaging({
    ...parts,
    broker: typeof url === 'string' ? brokerOf(url, parts) : new LateBroker(() => brokerOf(url(), parts)),
  })
}

function brokerOf(url: string, { log, clock }: Omit<MessagingParts, 'broker'>): Broker {
  const [scheme = ''] = url.split(':', 1)
  if (scheme === 'sqlite' && url.length > 'sqlite:'.length) {
    return sqliteBroker({ path: url.slice('sqlite:'.length), ...(log && { log }), ...(clock && { clock }) })
  }
  if (/^rediss?(\+(sentinel|cluster))?$/.test(scheme))
    return redisBroker({ url, ...(log && { log }), ...(clock && { clock }) })
  if (/^kafkas?$/.test(scheme)) return kafkaBroker({ url, ...(log && { log }), ...(clock && { clock }) })
  if (scheme === 'nats' || scheme === 'tls') return natsBroker({ url, ...(log && { log }), ...(clock && { clock }) })
  if (scheme === 'amqp' || scheme === 'amqps')
    return rabbitmqBroker({ url, ...(log && { log }), ...(clock && { clock }) })
  if (scheme === 'rocketmq') return rocketmqBroker({ url, ...(log && { log }), ...(clock && { clock }) })
  // The address may hold a password: only its scheme may be shown.
  throw new ServiceError(
    'BAD_BROKER_URL',
    `The address of a broker begins with ${scheme === '' ? 'nothing' : `'${scheme.slice(0, 20)}:'`}; expected sqlite:FILE, redis://HOST, kafka://HOST, nats://HOST, amqp://HOST or rocketmq://HOST.`,
  )
}
