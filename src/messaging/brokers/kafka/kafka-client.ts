/**
 * KafkaClient: the package that speaks to Kafka, loaded when it is needed, and clients that are thrown away.
 *
 *   use(kind, work) ─▶ a client of its own ─▶ work, within the time ─▶ closed
 *
 * A connection of this package that has once waited too long for an answer stays deaf for ever (2.12.1): whoever meets a timeout
 * throws the client away and makes another one.
 */
import type { Admin, Consumer } from '@platformatic/kafka'
import type { Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { KafkaAddress } from './kafka-address.ts'

export type KafkaPackage = typeof import('@platformatic/kafka')

export interface KafkaClientOptions {
  readonly address: KafkaAddress
  /** Longest wait for a connection or an answer, in milliseconds. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** What every client of the package is told. */
export interface KafkaSettings {
  clientId: string
  bootstrapBrokers: string[]
  connectTimeout: number
  requestTimeout: number
  timeout: number
  retries: number
  tls?: { rejectUnauthorized: true }
  tlsServerName?: true
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string }
}

/** What Kafka answers while brokers come and go, leaders are elected and coordinators move: right a moment later. */
const passing = [
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_CONTROLLER',
  'BROKER_NOT_AVAILABLE',
  // No broker is alive at this moment in the eyes of the controller.
  'INVALID_REPLICATION_FACTOR',
]
const passingMs = { least: 50, most: 500 }

export class KafkaClient {
  readonly timeoutMs: number
  readonly clock: Clock
  readonly #address: KafkaAddress

  constructor({ address, timeoutMs, clock }: KafkaClientOptions) {
    this.#address = address
    this.timeoutMs = timeoutMs
    this.clock = clock
  }

  /** @throws ServiceError `KAFKA_NOT_INSTALLED` */
  async load(): Promise<KafkaPackage> {
    try {
      return await import('@platformatic/kafka')
    } catch (cause) {
      const message = 'Kafka needs the package @platformatic/kafka; install it: npm install @platformatic/kafka'
      throw new ServiceError('KAFKA_NOT_INSTALLED', message, { cause })
    }
  }

  settings(requestTimeoutMs: number = this.timeoutMs): KafkaSettings {
    const { brokers, tls, login } = this.#address
    return {
      clientId: 'genever',
      bootstrapBrokers: [...brokers],
      connectTimeout: this.timeoutMs,
      requestTimeout: requestTimeoutMs,
      timeout: this.timeoutMs,
      // Whoever asks knows better whether to ask again.
      retries: 0,
      ...(tls && { tls: { rejectUnauthorized: true }, tlsServerName: true }),
      ...(login !== undefined && { sasl: { ...login } }),
    }
  }

  /** An administrator for one work, which is done again while Kafka is sorting itself out. @throws ServiceError as `asBrokerError` says */
  async administer<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const { Admin } = await this.load()
    return await this.#used(() => new Admin(this.settings()), work)
  }

  /** A consumer that joins nothing, for one work: it may ask for offsets. As `administer` otherwise. */
  async inspect<T>(groupId: string, work: (consumer: Consumer) => Promise<T>): Promise<T> {
    const { Consumer } = await this.load()
    return await this.#used(() => new Consumer({ ...this.settings(), groupId }), work)
  }

  /** @throws ServiceError `BROKER_UNAVAILABLE` when the time is over; the work goes on, and nobody looks at its end. */
  async within<T>(work: Promise<T>, limitMs: number = this.timeoutMs): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const late = (): void => reject(unavailable(`it did not answer within ${this.timeoutMs} ms`))
    const cancelTimer = this.clock.schedule(limitMs, late, true)
    work.catch(() => undefined)
    try {
      return await Promise.race([work, promise])
    } finally {
      cancelTimer()
    }
  }

  async #used<C extends { close(): Promise<void> }, T>(open: () => C, work: (client: C) => Promise<T>): Promise<T> {
    const giveUpMs = this.clock.monotonic() + this.timeoutMs
    for (let delayMs = passingMs.least; ; delayMs = Math.min(passingMs.most, 2 * delayMs)) {
      const client = open()
      try {
        return await this.within(work(client), Math.max(1, giveUpMs - this.clock.monotonic()))
      } catch (error) {
        if (!hasKafkaError(error, ...passing) || this.clock.monotonic() + delayMs >= giveUpMs)
          throw asBrokerError(error)
      } finally {
        client.close().catch(() => undefined)
      }
      await this.clock.sleep(delayMs)
    }
  }
}

/** Whether Kafka answered with this error, anywhere in it. */
export function hasKafkaError(error: unknown, ...ids: readonly string[]): boolean {
  const find = (error as { findBy?: (name: string, value: unknown) => unknown }).findBy
  return typeof find === 'function' && ids.some((id) => Boolean(find.call(error, 'apiId', id)))
}

/** Whether nothing was answered in time. */
export function isTimeout(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTimeout)
  // The package gives it the code of a connection that was lost.
  return error instanceof Error && /timed out|did not answer/.test(error.message)
}

/** The error as a broker's. */
export function asBrokerError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  if (hasKafkaError(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) {
    const message = 'Kafka takes no message of this size: make it smaller, or raise max.message.bytes of its topic.'
    return new ServiceError('MESSAGE_TOO_LARGE', message, { status: 413, retryable: false, cause: error })
  }
  return unavailable(reasonOf(error), error)
}

function unavailable(reason: string, cause?: unknown): ServiceError {
  const message = `The broker cannot be reached: ${reason}.`
  return new ServiceError('BROKER_UNAVAILABLE', message, { status: 503, retryable: true, cause })
}

/** The innermost error says most. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors.at(-1))
  if (!(error instanceof Error)) return 'for an unknown reason'
  return (error.cause === undefined ? error.message : reasonOf(error.cause)).replace(/\.$/, '')
}
