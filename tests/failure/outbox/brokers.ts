/** The brokers that the outbox campaign is run over. */
import { join } from 'node:path'
import { startKafka } from '../../../scripts/systems/kafka.ts'
import { startNats } from '../../../scripts/systems/nats.ts'
import { startRabbitmq } from '../../../scripts/systems/rabbitmq.ts'
import { startRedis } from '../../../scripts/systems/redis.ts'
import type { System } from '../../../scripts/systems/server-process.ts'
import {
  type Broker,
  kafkaBroker,
  natsBroker,
  rabbitmqBroker,
  redisBroker,
  sqliteBroker,
} from '../../../src/messaging/index.ts'

export interface RunningBroker {
  readonly url: string
  /** Is killed now and then; undefined for one that is no process. */
  readonly system?: System
}

/** The first one is the default. */
export const brokers: Readonly<Record<string, (folder: string) => Promise<RunningBroker>>> = {
  sqlite: async (folder) => ({ url: `sqlite:${join(folder, 'events.db')}` }),
  redis: async () => running(await startRedis({ persistent: true })),
  // It is killed often: the next one is let in when the session of the last one has ended.
  kafka: async () =>
    running(
      await startKafka({ settings: { 'broker.session.timeout.ms': '1500', 'broker.heartbeat.interval.ms': '300' } }),
    ),
  nats: async () => running(await startNats()),
  rabbitmq: async () => running(await startRabbitmq()),
}

function running(system: System & { readonly url: string }): RunningBroker {
  return { url: system.url, system }
}

/** As a process under test opens it. Members that died are taken for dead soon: so many die here. */
export function openBroker(url: string): Broker {
  if (url.startsWith('kafka:')) return kafkaBroker({ url, sessionTimeoutMs: 1_500 })
  if (url.startsWith('redis:')) return redisBroker({ url, leaseMs: 1_500 })
  if (url.startsWith('nats:')) return natsBroker({ url, leaseMs: 3_000 })
  if (url.startsWith('amqp:')) return rabbitmqBroker({ url })
  return sqliteBroker({ path: url.slice('sqlite:'.length) })
}
