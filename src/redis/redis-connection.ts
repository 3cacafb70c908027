/**
 * RedisConnection: Redis for a whole service, over one connection that looks after itself.
 *
 *   idle ─start │ first command─▶ connecting ─▶ ready ──lost──▶ bridging ──graceMs──▶ down ─▶ ready …   close ─▶ closed
 *                                     │           │                │                   │
 *   a command                       waits     is sent           waits              fails at once
 *
 * While it connects or has just lost its connection, commands wait, so many and no longer than `graceMs`. After that they fail
 * at once, so that a service whose Redis is down answers without it instead of queueing up behind it. It never stops trying.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { type Context, currentContext } from '../foundation/context/context.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { CommandDeadlines, Deadline } from './internal/command-deadlines.ts'
import { type DriverArgument, type DriverClient, type DriverPackage, loadDriver } from './internal/driver.ts'
import { type DriverSettings, openClient, openSubscriber, type RedisTls } from './internal/open-driver.ts'
import { RedisTelemetry } from './internal/redis-telemetry.ts'
import { Subscriptions } from './internal/subscriptions.ts'
import { TurnCork } from './internal/turn-cork.ts'
import { describeAddress, parseRedisUrl, type RedisAddress } from './redis-address.ts'
import { redisError, redisTimeout, redisUnavailable, withoutArguments } from './redis-errors.ts'
import type {
  RedisCommand,
  RedisLike,
  RedisListener,
  RedisReply,
  RedisScriptCall,
  RedisSendOptions,
} from './redis-like.ts'
import type { RedisScript } from './redis-script.ts'

export interface RedisOptions {
  /** `redis://host:6379/0`, `redis+sentinel://host:26379/mymaster`, `redis+cluster://host:6379`; with TLS `rediss`. */
  url: string
  /** Of the component, and the label of its metrics; default `redis`. */
  name?: string
  /** Longest wait for the answer to a command, in milliseconds; default 1,000. */
  commandTimeoutMs?: number
  /** Longest wait for one attempt to connect; default 800. */
  connectTimeoutMs?: number
  /** How long commands wait for a connection that was just lost or never stood, before they fail at once; default 250. */
  graceMs?: number
  /** Commands that wait at most; one more fails at once. Default 1,000. */
  maxWaiting?: number
  /** PEM texts, for a private authority or a client's certificate. */
  tls?: RedisTls
  /** Of the sentinels themselves, where they have one. */
  sentinelPassword?: string
  meter?: Meter
  log?: Logger
  clock?: Clock
}

/**
 * Opens nothing: `start()` or the first command does. Add it to a service, which then starts, checks and stops it.
 *
 * @throws ServiceError `BAD_REDIS_URL`. The first command or `start()` throws `REDIS_NOT_INSTALLED` without the package `ioredis`.
 */
export function createRedis(options: RedisOptions): RedisConnection {
  return new RedisConnection(options)
}

type State = 'idle' | 'connecting' | 'ready' | 'bridging' | 'down' | 'closed'

export class RedisConnection implements RedisLike, Component {
  readonly name: string
  /** Hosts and ports, without the password. */
  readonly address: string
  readonly #options: RedisOptions
  readonly #address: RedisAddress
  readonly #clock: Clock
  readonly #log: Logger
  readonly #commandTimeoutMs: number
  readonly #graceMs: number
  readonly #maxWaiting: number
  readonly #mayWait: boolean
  readonly #telemetry: RedisTelemetry
  readonly #deadlines: CommandDeadlines
  readonly #cork = new TurnCork()
  #state: State = 'idle'
  #driver: DriverPackage | undefined
  #client: DriverClient | undefined
  /** Where commands go right now; undefined unless ready. */
  #ready: DriverClient | undefined
  #opening: Promise<void> | undefined
  #becameReady = Promise.withResolvers<void>()
  #waiting = 0
  /** When the command was sent that was answered last: nothing after it was, as far as we know. */
  #heardMs = 0
  #hasBeenReady = false
  #lastError: Error | undefined
  #cancelGrace: CancelTimer | undefined
  #subscriptions: Subscriptions | undefined

  /** Use `createRedis()`. */
  constructor(options: RedisOptions, { mayWait = false }: { mayWait?: boolean } = {}) {
    const { name = 'redis', commandTimeoutMs = 1_000, graceMs = 250, maxWaiting = 1_000 } = options
    this.#options = options
    this.#address = parseRedisUrl(options.url)
    this.name = name
    this.address = describeAddress(this.#address)
    this.#clock = options.clock ?? systemClock
    this.#log = options.log ?? noopLogger
    this.#commandTimeoutMs = commandTimeoutMs
    this.#graceMs = graceMs
    this.#maxWaiting = maxWaiting
    this.#mayWait = mayWait
    const meter = mayWait ? undefined : options.meter
    this.#telemetry = new RedisTelemetry({ name, address: this.#address, meter })
    this.#deadlines = new CommandDeadlines(this.#clock)
    this.#becameReady.promise.catch(() => undefined)
  }

  /** Whether commands are sent rather than kept waiting or refused. */
  get isReady(): boolean {
    return this.#ready !== undefined
  }

  /**
   * Connects. A Redis that is down does not keep a service from starting: its health says so, and it is used once it is there.
   *
   * @throws ServiceError `REDIS_NOT_INSTALLED`.
   */
  async start(): Promise<void> {
    await this.#open()
    await this.#untilReady().catch(() => undefined)
  }

  /** Waits for what is under way, then closes. */
  async stop(signal?: AbortSignal): Promise<void> {
    const isDone = (): boolean => this.#deadlines.size === 0 || signal?.aborted === true
    while (!isDone() && this.isReady) await this.#clock.sleep(5)
    this.#close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async health(): Promise<ComponentHealth> {
    const details = { address: this.address, kind: this.#address.kind }
    try {
      await this.send(['PING'])
      return { status: 'UP', details }
    } catch (error) {
      const message = (this.#ready === undefined ? this.#lastError : undefined) ?? (error as Error)
      return { status: 'DOWN', error: message.message, details }
    }
  }

  send(command: RedisCommand, options: RedisSendOptions = {}): Promise<RedisReply> {
    const client = this.#ready
    if (client === undefined) return this.#whenReady((ready) => this.#dispatch(ready, command, options))
    return this.#dispatch(client, command, options)
  }

  async pipeline(commands: readonly RedisCommand[], options: RedisSendOptions = {}): Promise<RedisReply[]> {
    if (commands.length === 0) return []
    if (this.#address.kind === 'cluster') return this.#eachBySelf(commands, options)
    const call = options.binary === true ? 'callBuffer' : 'call'
    const queue = commands.map(([name, ...args]) => [call, name, ...args.map(driverArgument)])
    const replies = (await this.#whenReady((client) =>
      this.#watch('PIPELINE', options, async () => client.pipeline(queue).exec()),
    )) as unknown as readonly (readonly [Error | null, unknown])[]
    const failed = replies.findIndex(([error]) => error !== null)
    if (failed !== -1) throw redisError(commands[failed]?.[0] ?? '', replies[failed]?.[0])
    return replies.map(([, reply]) => reply as RedisReply)
  }

  async run(script: RedisScript, call: RedisScriptCall, options: RedisSendOptions = {}): Promise<RedisReply> {
    const { keys, args = [] } = call
    const rest = [keys.length, ...keys, ...args]
    try {
      return await this.send(['EVALSHA', script.digest, ...rest], options)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return this.send(['EVAL', script.lua, ...rest], options)
    }
  }

  /**
   * Resolves when the subscription stands. Where Redis is down it resolves after the time for a command, and the subscription
   * stands when Redis is back, as the listener's `onGap` says.
   */
  async subscribe(channel: string, listener: RedisListener): Promise<() => Promise<void>> {
    await this.#open()
    const subscriptions = this.#subscriptionsOf()
    const limit = this.#clock.sleep(this.#commandTimeoutMs)
    await Promise.race([subscriptions.subscribe(channel, listener), limit])
    return () => subscriptions.unsubscribe(channel, listener)
  }

  /**
   * One more connection, for commands that wait on the server, such as `XREADGROUP … BLOCK`: on a shared one everything behind them would
   * wait, too. Give each such command a `timeoutMs` beyond its own time. Close it by `stop()`.
   */
  dedicated(): RedisConnection {
    return new RedisConnection(this.#options, { mayWait: true })
  }

  // ── commands ──

  #dispatch(client: DriverClient, command: RedisCommand, options: RedisSendOptions): Promise<RedisReply> {
    const args: DriverArgument[] = []
    for (let at = 1; at < command.length; at++) args.push(driverArgument(command[at] ?? ''))
    const name = command[0]
    this.#cork.hold(client)
    return this.#watch(name, options, () =>
      options.binary === true ? client.callBuffer(name, args) : client.call(name, args),
    )
  }

  /** Its limit in time, its error as ours, its duration and its span. */
  #watch(name: string, options: RedisSendOptions, call: () => Promise<unknown>): Promise<RedisReply> {
    const context = currentContext()
    const timeoutMs = options.timeoutMs ?? this.#commandTimeoutMs
    const limitMs = context === undefined ? timeoutMs : Math.min(timeoutMs, context.remainingMs())
    if (context?.cancelled !== undefined) return Promise.reject(context.cancelled)
    const startedMs = this.#clock.monotonic()
    const span = this.#telemetry.startSpan(name)
    return new Promise((resolve, reject) => {
      const end = (error: unknown): void => {
        this.#telemetry.ended(name, this.#clock.monotonic() - startedMs, error, span)
        if (error !== undefined) reject(error)
      }
      const deadline = new Deadline(() => {
        end(overdue(context, name, limitMs))
        if (limitMs >= this.#commandTimeoutMs && this.#heardMs < startedMs) this.#hangUp()
      })
      this.#deadlines.add(deadline, startedMs, limitMs)
      call().then(
        (reply) => {
          this.#heardMs = startedMs
          if (!this.#deadlines.remove(deadline)) return
          end(undefined)
          resolve(reply as RedisReply)
        },
        (thrown) => {
          if (this.#deadlines.remove(deadline)) end(redisError(name, thrown))
        },
      )
    })
  }

  async #eachBySelf(commands: readonly RedisCommand[], options: RedisSendOptions): Promise<RedisReply[]> {
    const outcomes = await Promise.allSettled(commands.map((command) => this.send(command, options)))
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  async #whenReady(work: (client: DriverClient) => Promise<RedisReply>): Promise<RedisReply> {
    if (this.#ready === undefined) await this.#waitInLine()
    const client = this.#ready
    if (client === undefined) throw redisUnavailable('the connection was lost again', this.#lastError)
    return work(client)
  }

  async #waitInLine(): Promise<void> {
    if (this.#state === 'closed') throw redisUnavailable('the connection was closed')
    if (this.#state === 'down') throw redisUnavailable('it is down', this.#lastError)
    if (this.#waiting >= this.#maxWaiting) throw redisUnavailable(`${this.#waiting} commands wait for it already`)
    this.#waiting++
    try {
      await this.#open()
      await this.#untilReady()
    } finally {
      this.#waiting--
    }
  }

  #untilReady(): Promise<void> {
    return this.#becameReady.promise
  }

  // ── the connection ──

  #open(): Promise<void> {
    this.#opening ??= this.#openOnce().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #openOnce(): Promise<void> {
    if (this.#state === 'closed') throw redisUnavailable('the connection was closed')
    this.#driver = await loadDriver()
    const client = openClient(this.#driver, this.#settings())
    this.#client = client
    this.#state = 'connecting'
    this.#startGrace(Math.max(this.#graceMs, this.#options.connectTimeoutMs ?? defaultConnectTimeoutMs))
    client.on('ready', () => this.#up(client))
    client.on('close', () => this.#lost())
    client.on('error', (error: Error) => this.#note(error))
    client.on('node error', (error: Error) => this.#note(error))
    client.connect().catch((error: unknown) => this.#note(error))
  }

  #settings(): DriverSettings {
    const { connectTimeoutMs = defaultConnectTimeoutMs, tls, sentinelPassword } = this.#options
    return {
      address: this.#address,
      connectTimeoutMs,
      silenceMs: this.#mayWait ? undefined : this.#commandTimeoutMs,
      tls,
      sentinelPassword,
      clientName: `genever:${this.name}`.replaceAll(/[^\x21-\x7e]/g, '-'),
    }
  }

  #subscriptionsOf(): Subscriptions {
    this.#subscriptions ??= new Subscriptions({
      open: () => openSubscriber(this.#driver as DriverPackage, this.#settings(), this.#client as DriverClient),
      clock: this.#clock,
      onError: (error) => this.#note(error),
    })
    return this.#subscriptions
  }

  #up(client: DriverClient): void {
    if (this.#state === 'closed') return
    this.#cancelGrace?.()
    this.#cancelGrace = undefined
    if (this.#state === 'down') this.#log.info('redis is back', { name: this.name, address: this.address })
    this.#telemetry.up(this.#hasBeenReady)
    this.#hasBeenReady = true
    this.#state = 'ready'
    this.#ready = client
    this.#becameReady.resolve()
  }

  #lost(): void {
    if (this.#state !== 'ready') {
      if (this.#state === 'connecting') this.#startGrace(this.#graceMs)
      return
    }
    this.#ready = undefined
    this.#state = 'bridging'
    this.#telemetry.down()
    this.#renewReady()
    this.#startGrace(this.#graceMs)
  }

  /** It has said nothing for as long as a command may take: another connection may do better. In a cluster it is one node of many. */
  #hangUp(): void {
    // Not a proper end, for which a silent peer would have to answer. The library opens another.
    if (!this.#mayWait && this.#address.kind !== 'cluster') this.#ready?.stream?.destroy()
  }

  /** The first to be started counts: attempts that fail meanwhile do not make it longer. */
  #startGrace(graceMs: number): void {
    const untilMs = this.#clock.monotonic() + graceMs
    if (this.#cancelGrace !== undefined && untilMs >= this.#graceUntilMs) return
    this.#cancelGrace?.()
    this.#graceUntilMs = untilMs
    this.#cancelGrace = this.#clock.schedule(graceMs, () => this.#down(), true)
  }

  #graceUntilMs = 0

  #down(): void {
    this.#cancelGrace = undefined
    this.#state = 'down'
    const error = this.#lastError
    this.#log.warn('redis is down', { name: this.name, address: this.address, ...(error && { error: error.message }) })
    this.#becameReady.reject(redisUnavailable('it is down', error))
    this.#renewReady()
  }

  #renewReady(): void {
    this.#becameReady = Promise.withResolvers<void>()
    this.#becameReady.promise.catch(() => undefined)
  }

  #note(error: unknown): void {
    this.#lastError = withoutArguments(error)
  }

  #close(): void {
    this.#state = 'closed'
    this.#ready = undefined
    this.#cancelGrace?.()
    this.#telemetry.down()
    this.#subscriptions?.close()
    this.#client?.disconnect()
    this.#becameReady.reject(redisUnavailable('the connection was closed'))
  }
}

const defaultConnectTimeoutMs = 800

function driverArgument(argument: string | number | Uint8Array): DriverArgument {
  if (typeof argument !== 'object') return argument
  return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength)
}

function overdue(context: Context | undefined, name: string, limitMs: number): Error {
  return context?.cancelled ?? redisTimeout(name, limitMs)
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && 'details' in error && (error.details as { reply?: string })?.reply === 'NOSCRIPT'
}
