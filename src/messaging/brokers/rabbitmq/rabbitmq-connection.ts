/**
 * RabbitConnection: one connection to RabbitMQ that is made again whenever it is lost.
 *
 *   first use ─▶ connecting ⇄ connected ─lost─▶ connecting, every 100 ms, at one host after the other      close ─▶ closed
 *                    │             │
 *   a call         waits        is made; no answer within `timeoutMs`: BROKER_UNAVAILABLE
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { BrokerAddress } from '../../internal/broker-address.ts'

/** The part of the package `amqplib` that is used here. */
interface DriverPackage {
  connect(url: object, socketOptions: object): Promise<DriverConnection>
}

interface Emitter {
  on(event: 'close' | 'error', listener: (error?: Error) => void): unknown
}

interface DriverConnection extends Emitter {
  readonly connection: { readonly serverProperties: Readonly<Record<string, unknown>> }
  createChannel(): Promise<RabbitChannel>
  createConfirmChannel(): Promise<RabbitChannel>
  close(): Promise<void>
}

export interface RabbitChannel extends Emitter {
  assertExchange(name: string, type: string, options: object): Promise<unknown>
  assertQueue(name: string, options: object): Promise<QueueState>
  checkExchange(name: string): Promise<unknown>
  checkQueue(name: string): Promise<QueueState>
  deleteQueue(name: string): Promise<unknown>
  bindQueue(queue: string, exchange: string, pattern: string): Promise<unknown>
  prefetch(count: number): Promise<unknown>
  consume(
    queue: string,
    receive: (message: RabbitMessage | null) => void,
    options?: object,
  ): Promise<{ readonly consumerTag: string }>
  publish(
    exchange: string,
    routingKey: string,
    body: Uint8Array,
    options: object,
    confirmed?: (error: unknown) => void,
  ): boolean
  ack(message: RabbitMessage): void
  close(): Promise<void>
}

interface QueueState {
  readonly messageCount: number
  readonly consumerCount: number
}

export interface RabbitMessage {
  readonly content: Uint8Array
  readonly fields: { readonly routingKey: string; readonly redelivered: boolean }
  readonly properties: { readonly headers?: Readonly<Record<string, unknown>> }
}

/** PEM texts. */
export interface RabbitTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface RabbitConnectionParts {
  readonly address: BrokerAddress
  readonly tls: RabbitTls | undefined
  readonly timeoutMs: number
  /** Between two signs of life; a peer that misses two is dead. */
  readonly heartbeatS: number
  readonly clock: Clock
  readonly log: Logger
  /** Every channel is gone. */
  readonly onLost: () => void
  readonly onConnected: () => void
}

const reconnectMs = 100

export class RabbitConnection {
  readonly #parts: RabbitConnectionParts
  #connection: DriverConnection | undefined
  #running: Promise<void> | undefined
  #isClosed = false
  #became = Promise.withResolvers<void>()
  #version = ''

  constructor(parts: RabbitConnectionParts) {
    this.#parts = parts
  }

  get version(): string {
    return this.#version
  }

  get isConnected(): boolean {
    return this.#connection !== undefined
  }

  /** @throws ServiceError `RABBITMQ_NOT_INSTALLED`, `BROKER_UNAVAILABLE`. */
  async channel(kind: 'plain' | 'confirm' = 'plain'): Promise<RabbitChannel> {
    const connection = await this.ready()
    const channel = await this.answer(
      kind === 'confirm' ? connection.createConfirmChannel() : connection.createChannel(),
    )
    // Whoever waits for an answer is told; without a listener the process would end.
    channel.on('error', () => undefined)
    return channel
  }

  /** Works on a channel of its own: what RabbitMQ refuses closes it. */
  async withChannel<T>(work: (channel: RabbitChannel) => Promise<T>, kind: 'plain' | 'confirm' = 'plain'): Promise<T> {
    const channel = await this.channel(kind)
    try {
      return await this.answer(work(channel))
    } finally {
      channel.close().catch(() => undefined)
    }
  }

  /** Waits no longer than `timeoutMs`. */
  async answer<T>(asked: Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#parts
    const { promise, reject } = Promise.withResolvers<never>()
    const cancel = clock.schedule(timeoutMs, () => reject(unavailable(`no answer within ${timeoutMs} ms`)), true)
    try {
      return await Promise.race([asked, promise])
    } catch (error) {
      asked.catch(() => undefined)
      throw asBrokerError(error)
    } finally {
      cancel()
    }
  }

  async ready(): Promise<DriverConnection> {
    if (this.#isClosed) throw unavailable('the connection was closed')
    const driver = await loadDriver()
    this.#running ??= this.#run(driver)
    if (this.#connection === undefined) await this.answer(this.#became.promise)
    if (this.#connection === undefined) throw unavailable('it is not connected')
    return this.#connection
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#became.promise.catch(() => undefined)
    this.#became.reject(unavailable('the connection was closed'))
    const connection = this.#connection
    this.#connection = undefined
    if (connection !== undefined) await this.answer(connection.close()).catch(() => undefined)
  }

  async #run(driver: DriverPackage): Promise<void> {
    const { clock, log, address, onConnected, onLost } = this.#parts
    let hasFailed = false
    for (let attempt = 0; !this.#isClosed; attempt++) {
      const host = address.hosts[attempt % address.hosts.length] ?? ''
      try {
        const connection = await this.#connect(driver, host)
        const { promise: lost, resolve } = Promise.withResolvers<void>()
        connection.on('close', () => resolve())
        connection.on('error', () => undefined)
        if (this.#isClosed) return await connection.close()
        hasFailed = false
        this.#connection = connection
        this.#became.resolve()
        log.info('RabbitMQ is connected', { host })
        onConnected()
        await lost
        if (this.#isClosed) return
        this.#connection = undefined
        this.#became = Promise.withResolvers<void>()
        log.warn('the connection to RabbitMQ was lost', { host })
        onLost()
      } catch (error) {
        if (!hasFailed) log.warn('RabbitMQ cannot be connected to', { error, host })
        hasFailed = true
      }
      await clock.sleep(reconnectMs)
    }
  }

  async #connect(driver: DriverPackage, host: string): Promise<DriverConnection> {
    const { address, tls, heartbeatS } = this.#parts
    const { scheme, user, password, path } = address
    const [, hostname = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(host) ?? []
    const connection = await driver.connect(
      {
        protocol: scheme,
        hostname,
        port: Number(port),
        username: user ?? 'guest',
        password: password ?? 'guest',
        vhost: path === undefined || path === '' ? '/' : path,
        heartbeat: heartbeatS,
      },
      { ...tls, noDelay: true, timeout: 2_000, clientProperties: { connection_name: 'genever' } },
    )
    this.#version = String(connection.connection.serverProperties.version ?? '')
    return connection
  }
}

/** Resolves when every queue that gets it has made it durable. @throws ServiceError `BROKER_UNAVAILABLE`. */
export function confirm(
  channel: RabbitChannel,
  exchange: string,
  { key, body, properties }: { key: string; body: Uint8Array; properties: object },
): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.publish(exchange, key, body, properties, (error) => {
      if (error === null || error === undefined) resolve()
      else reject(unavailable('it did not take a message', error))
    })
  })
}

export function unavailable(reason: string, cause?: unknown): ServiceError {
  return new ServiceError('BROKER_UNAVAILABLE', `The broker cannot be reached: RabbitMQ: ${reason}.`, {
    status: 503,
    retryable: true,
    cause,
  })
}

function asBrokerError(error: unknown): unknown {
  return error instanceof ServiceError
    ? error
    : unavailable(error instanceof Error ? error.message : 'no reason given', error)
}

/** @throws ServiceError `RABBITMQ_NOT_INSTALLED`. */
async function loadDriver(): Promise<DriverPackage> {
  try {
    const { connect } = (await import('amqplib')) as unknown as DriverPackage
    return { connect }
  } catch (cause) {
    const message = 'RabbitMQ is spoken to by the package amqplib, which is not installed: npm install amqplib.'
    throw new ServiceError('RABBITMQ_NOT_INSTALLED', message, { cause })
  }
}
