/**
 * NatsConnection: one connection to NATS that looks after itself, and the requests to JetStream over it.
 *
 *   first use ─▶ connecting ─▶ connected ─lost─▶ reconnecting ─▶ connected …      close ─▶ closed
 *                    │             │                  │
 *   a request      waits       is answered          waits, no longer than `timeoutMs`: BROKER_UNAVAILABLE
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { BrokerAddress } from '../../internal/broker-address.ts'

/** The part of the package `@nats-io/transport-node` that is used here. */
interface DriverPackage {
  connect(options: Record<string, unknown>): Promise<DriverConnection>
  headers(): NatsHeaders
  createInbox(): string
}

interface DriverConnection {
  readonly info?: { readonly version: string; readonly max_payload: number }
  publish(subject: string, payload?: Uint8Array | string, options?: { reply?: string; headers?: NatsHeaders }): void
  request(
    subject: string,
    payload: Uint8Array | string,
    options: { timeout: number; headers?: NatsHeaders },
  ): Promise<NatsMessage>
  subscribe(subject: string, options: { callback: (error: Error | null, message: NatsMessage) => void }): NatsSubject
  status(): AsyncIterable<{ readonly type: string }>
  isClosed(): boolean
  close(): Promise<void>
}

export interface NatsHeaders extends Iterable<[string, string[]]> {
  readonly code: number
  set(name: string, value: string): void
}

export interface NatsMessage {
  readonly subject: string
  readonly reply?: string
  readonly data: Uint8Array
  readonly headers?: NatsHeaders
}

export interface NatsSubject {
  unsubscribe(): void
}

/** PEM texts. */
export interface NatsTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface NatsConnectionParts {
  readonly address: BrokerAddress
  readonly tls: NatsTls | undefined
  readonly timeoutMs: number
  readonly clock: Clock
  readonly log: Logger
  /** Everything that was asked for before may be lost. */
  readonly onReconnect: () => void
}

/** An answer of JetStream that is an error; its codes are listed in nats-server's `errors.json`. */
interface ApiError {
  readonly code: number
  readonly err_code?: number
  readonly description?: string
}

/** JetStream says no. */
export class NatsRefusal extends Error {
  readonly code: number
  readonly reason: number

  constructor({ code, err_code = 0, description = 'no reason given' }: ApiError) {
    super(description)
    this.code = code
    this.reason = err_code
  }
}

export class NatsConnection {
  readonly #parts: NatsConnectionParts
  #driver: DriverPackage | undefined
  #connection: DriverConnection | undefined
  #opening: Promise<void> | undefined
  #isConnected = false
  #isClosed = false
  #becameConnected = Promise.withResolvers<void>()

  constructor(parts: NatsConnectionParts) {
    this.#parts = parts
  }

  get version(): string {
    return this.#connection?.info?.version ?? ''
  }

  /** Of one message, headers included. */
  get maxBytes(): number {
    return this.#connection?.info?.max_payload ?? Number.POSITIVE_INFINITY
  }

  /** Waits for the server no longer than `timeoutMs`. @throws ServiceError `NATS_NOT_INSTALLED`, `BROKER_UNAVAILABLE`. */
  async ready(): Promise<DriverConnection> {
    if (this.#isClosed) throw unavailable('the connection was closed')
    if (this.#driver === undefined) this.#driver = await loadDriver()
    this.#opening ??= this.#open(this.#driver)
    if (!this.#isConnected) await this.#untilConnected()
    if (this.#connection === undefined) throw unavailable('it is not connected')
    return this.#connection
  }

  /** The answer of JetStream's API. @throws NatsRefusal; ServiceError `BROKER_UNAVAILABLE`. */
  async ask<T>(subject: string, question: object = {}): Promise<T> {
    const { data } = await this.request(`$JS.API.${subject}`, JSON.stringify(question))
    return answerOf<T>(data)
  }

  /** Resolves with its place in the stream, once the stream has it. @throws as `ask`. */
  async append(subject: string, body: Uint8Array | string, headers: Readonly<Record<string, string>>): Promise<number> {
    const { data } = await this.request(subject, body, headers)
    return answerOf<{ seq: number }>(data).seq
  }

  async request(
    subject: string,
    payload: Uint8Array | string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<NatsMessage> {
    const connection = await this.ready()
    try {
      const options = { timeout: this.#parts.timeoutMs, ...(headers && { headers: this.#headers(headers) }) }
      return await connection.request(subject, payload, options)
    } catch (error) {
      throw unavailable(error instanceof Error ? error.message : 'no answer', error)
    }
  }

  /** Without an answer; what is not connected says nothing. */
  send(subject: string, payload = '', reply?: string): void {
    if (!this.#isConnected || this.#isClosed) return
    this.#connection?.publish(subject, payload, reply === undefined ? {} : { reply })
  }

  async subscribe(subject: string, onMessage: (message: NatsMessage) => void): Promise<NatsSubject> {
    const connection = await this.ready()
    return connection.subscribe(subject, { callback: (error, message) => error === null && onMessage(message) })
  }

  newInbox(): string {
    return this.#driver?.createInbox() ?? ''
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#becameConnected.reject(unavailable('the connection was closed'))
    this.#becameConnected.promise.catch(() => undefined)
    await this.#connection?.close().catch(() => undefined)
  }

  async #untilConnected(): Promise<void> {
    const { clock, timeoutMs } = this.#parts
    const { promise, reject } = Promise.withResolvers<never>()
    const cancel = clock.schedule(timeoutMs, () => reject(unavailable(`no connection within ${timeoutMs} ms`)), true)
    try {
      await Promise.race([this.#becameConnected.promise, promise])
    } finally {
      cancel()
    }
  }

  /** Tries for ever, in the background. */
  async #open(driver: DriverPackage): Promise<void> {
    const { address, tls, log } = this.#parts
    const { user, password } = address
    try {
      const connection = await driver.connect({
        servers: address.hosts,
        name: 'genever',
        ...(password === undefined ? user !== undefined && { token: user } : { user, pass: password }),
        ...((tls !== undefined || address.scheme === 'tls') && { tls: tls ?? {} }),
        timeout: 2_000,
        waitOnFirstConnect: true,
        maxReconnectAttempts: -1,
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: 100,
        reconnectJitter: 50,
        // A server that is silent is given up after two of them.
        pingInterval: 1_000,
        maxPingOut: 2,
      })
      this.#connection = connection
      if (this.#isClosed) return await connection.close()
      this.#connected()
      await this.#watch(connection)
    } catch (error) {
      log.warn('NATS cannot be connected to', { error, hosts: address.hosts.join(',') })
      this.#opening = undefined
    }
  }

  #connected(): void {
    this.#isConnected = true
    this.#becameConnected.resolve()
  }

  async #watch(connection: DriverConnection): Promise<void> {
    const { log, address, onReconnect } = this.#parts
    const hosts = address.hosts.join(',')
    for await (const { type } of connection.status()) {
      if (type === 'disconnect' && this.#isConnected && !this.#isClosed) {
        this.#isConnected = false
        this.#becameConnected = Promise.withResolvers<void>()
        this.#becameConnected.promise.catch(() => undefined)
        log.warn('the connection to NATS was lost', { hosts })
      } else if (type === 'reconnect') {
        this.#connected()
        log.info('NATS is back', { hosts })
        onReconnect()
      }
    }
  }

  #headers(record: Readonly<Record<string, string>>): NatsHeaders {
    const headers = (this.#driver as DriverPackage).headers()
    for (const [name, value] of Object.entries(record)) headers.set(name, value)
    return headers
  }
}

export function unavailable(reason: string, cause?: unknown): ServiceError {
  return new ServiceError('BROKER_UNAVAILABLE', `The broker cannot be reached: NATS: ${reason}.`, {
    status: 503,
    retryable: true,
    cause,
  })
}

/** What JetStream refused, for whoever publishes or subscribes. */
export function asBrokerError(error: unknown): unknown {
  return error instanceof NatsRefusal ? unavailable(error.message, error) : error
}

function answerOf<T>(bytes: Uint8Array): T {
  const answer = JSON.parse(Buffer.from(bytes).toString()) as { error?: ApiError }
  if (answer.error !== undefined) throw new NatsRefusal(answer.error)
  return answer as T
}

/** @throws ServiceError `NATS_NOT_INSTALLED`. */
async function loadDriver(): Promise<DriverPackage> {
  try {
    const { connect, headers, createInbox } = (await import('@nats-io/transport-node')) as unknown as DriverPackage
    return { connect, headers, createInbox }
  } catch (cause) {
    const message =
      'NATS is spoken to by the package @nats-io/transport-node, which is not installed: npm install @nats-io/transport-node.'
    throw new ServiceError('NATS_NOT_INSTALLED', message, { cause })
  }
}
