/**
 * Messaging: events published and handled over a broker, typed by their definitions.
 *
 *   publish(event, data) ─▶ schema ─▶ envelope, trace ─▶ broker ─▶ durable
 *   subscribe(events, handler) ─▶ one consumer for each topic and group ─▶ envelope ─▶ schema ─▶ handler ─▶ ack │ retry │ dead letter
 *
 * It is a component: starts with the service, and on shutdown takes nothing new before anything else is closed.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { InputOf, Schema } from '../schema/schema.ts'
import { contextBaggage } from '../telemetry/baggage.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { noopTracer } from '../telemetry/noop-tracer.ts'
import type { Propagator } from '../telemetry/propagation.ts'
import { defaultPropagator } from '../telemetry/propagators/composite.ts'
import { currentSpan, type Tracer } from '../telemetry/tracer.ts'
import { Batcher, type BatchHandler, type BatchLayer, settleable } from './batcher.ts'
import type { Broker } from './broker.ts'
import { Consumer, type MessageContext, type MessageLayer } from './consumer.ts'
import { forGroupHeader, toDeadLetter } from './dead-letter.ts'
import { DeadLetters } from './dead-letters.ts'
import { dataOf, toMessage, typeOf } from './envelope.ts'
import { type EventDefinition, type ReceivedEvent, requireName } from './event.ts'
import { ConsumerTelemetry, type ConsumerTotals } from './internal/consumer-telemetry.ts'
import { Joining } from './internal/joining.ts'
import { MessagingMetrics } from './internal/messaging-metrics.ts'
import type { Message, MessageHeaders } from './message.ts'
import { messageId } from './message-id.ts'
import { Settlement, type Settling } from './settlement.ts'
import type { BatchOptions, SubscriptionOptions } from './subscription-options.ts'

export interface MessagingParts {
  readonly broker: Broker
  /** Who publishes: `ce-source` of its events, and its group where none is named. Such as the service's name. */
  readonly source: string
  /** Around every attempt of every group, the first one outermost. */
  readonly layers?: readonly MessageLayer[]
  /** Of the component; default `messaging`. */
  readonly name?: string
  readonly log?: Logger
  readonly meter?: Meter
  readonly tracer?: Tracer
  readonly propagator?: Propagator
  readonly clock?: Clock
}

export interface PublishOptions {
  /** Default a new UUID. The same one again is the same event, to an inbox. */
  readonly id?: string
  /** Default the event's own. */
  readonly key?: string
  readonly headers?: MessageHeaders
  /** Not to be delivered before, in milliseconds. @see Broker.canDelay */
  readonly delayMs?: number
}

export interface PublishManyItem<S extends Schema = Schema> extends PublishOptions {
  readonly data: InputOf<S>
}

export type EventHandler<S extends Schema = Schema> = (event: ReceivedEvent<S>) => void | Promise<void>
/** With `ack: 'manual'`: what it calls counts, and not that it returns. */
export type SettlingHandler<S extends Schema = Schema> = (event: ReceivedEvent<S> & Settling) => void | Promise<void>

/** Handlers by type, of one topic and group. */
interface Group {
  readonly consumer: Consumer
  readonly telemetry: ConsumerTelemetry
  readonly options: SubscriptionOptions
  readonly handlers: Map<string, { event: EventDefinition; handle: GroupHandler }>
}

type GroupHandler = (event: ReceivedEvent, facts: MessageContext) => void | Promise<void>

/** A group as this process has it. */
export interface GroupView extends ConsumerTotals {
  readonly topic: string
  readonly group: string
  /** Types of the events that it handles. */
  readonly types: readonly string[]
  readonly isPaused: boolean
  /** Deliveries in hand: being handled, or waiting for their key or their next attempt. */
  readonly inFlight: number
  readonly concurrency: number
  /** Undefined where what fails is tried for ever. */
  readonly deadLetter: string | undefined
}

const lagEveryMs = 5_000

export class Messaging implements Component {
  readonly name: string
  readonly kind = 'messaging'
  /** What failed for good, to be looked at, replayed and discarded. */
  readonly deadLetters: DeadLetters
  readonly #parts: Required<Omit<MessagingParts, 'meter' | 'name' | 'layers'>>
  readonly #layers: readonly MessageLayer[]
  readonly #metrics: MessagingMetrics
  readonly #groups = new Map<string, Group>()
  #isStarted = false
  #isConnected = false
  #joining: Joining | undefined
  #cancelLag: (() => void) | undefined

  constructor({ name = 'messaging', meter, layers = [], ...parts }: MessagingParts) {
    requireName('source', parts.source)
    this.name = name
    this.#layers = layers
    this.#metrics = new MessagingMetrics(meter)
    this.#parts = {
      log: noopLogger,
      tracer: noopTracer,
      propagator: defaultPropagator,
      clock: systemClock,
      ...parts,
    }
    this.deadLetters = new DeadLetters({
      broker: parts.broker,
      topics: () => [...new Set(this.view().flatMap(({ deadLetter }) => deadLetter ?? []))],
      publish: (messages) => this.publishMessages(messages),
    })
  }

  get broker(): string {
    return this.#parts.broker.name
  }

  /**
   * Publishes an event; resolves with its id when the broker has made it durable. In one step with a change of the database: the outbox.
   *
   * @throws ServiceError `BAD_EVENT_DATA`, `CANNOT_DELAY`, `BROKER_UNAVAILABLE`.
   */
  async publish<S extends Schema>(
    event: EventDefinition<S>,
    data: InputOf<S>,
    options: PublishOptions = {},
  ): Promise<string> {
    const message = await this.messageOf(event, data, options)
    await this.publishMessages([message])
    return message.id
  }

  /**
   * Publishes several events of one kind in one step of the broker; resolves with their ids when all of them are durable.
   *
   * @throws ServiceError as `publish`; after `BROKER_UNAVAILABLE` any of them may have been taken.
   */
  async publishMany<S extends Schema>(
    event: EventDefinition<S>,
    items: readonly PublishManyItem<S>[],
  ): Promise<string[]> {
    const messages = await Promise.all(items.map(({ data, ...options }) => this.messageOf(event, data, options)))
    await this.publishMessages(messages)
    return messages.map(({ id }) => id)
  }

  /** The event as the message that `publish` would send: what an outbox keeps. */
  messageOf<S extends Schema>(
    event: EventDefinition<S>,
    data: InputOf<S>,
    options: PublishOptions = {},
  ): Promise<Message> {
    const { source, clock } = this.#parts
    const timeMs = clock.now()
    const { id = messageId(timeMs), key, headers = {}, delayMs } = options
    return toMessage(event, data, {
      id,
      source,
      timeMs,
      key,
      headers: { ...headers, ...this.#traceHeaders() },
      delayMs,
    })
  }

  /** Messages as they are: of an outbox, or of another format than ours. */
  async publishMessages(messages: readonly Message[]): Promise<void> {
    const { broker, tracer } = this.#parts
    if (!broker.canDelay && messages.some(({ delayMs = 0 }) => delayMs > 0)) throw cannotDelay(broker.name)
    const [first] = messages
    if (first === undefined) return
    const span = tracer.start(`publish ${first.topic}`, { kind: 'producer' })
    span.set('messaging.system', broker.name)
    span.set('messaging.operation.type', 'send')
    span.set('messaging.destination.name', first.topic)
    if (messages.length > 1) span.set('messaging.batch.message_count', messages.length)
    try {
      await broker.publish(messages)
      this.#count(messages, 'ok')
    } catch (error) {
      this.#count(messages, 'error')
      span.fail(error)
      throw error
    } finally {
      span.end()
    }
  }

  /**
   * Handles events of one type for a group. Several types of one topic may be subscribed to by the same group: their order is kept.
   *
   * @throws ServiceError `BAD_SUBSCRIPTION` if the group handles this type already, or other options were given for its topic.
   */
  subscribe<S extends Schema>(event: EventDefinition<S>, handler: EventHandler<S>): void
  subscribe<S extends Schema>(
    event: EventDefinition<S>,
    options: SubscriptionOptions & { readonly batch: BatchOptions },
    handler: BatchHandler<S>,
  ): void
  subscribe<S extends Schema>(
    event: EventDefinition<S>,
    options: SubscriptionOptions & { readonly ack: 'manual'; readonly batch?: never },
    handler: SettlingHandler<S>,
  ): void
  subscribe<S extends Schema>(
    event: EventDefinition<S>,
    options: Omit<SubscriptionOptions, 'ack' | 'batch'> & { readonly ack?: 'auto'; readonly batch?: never },
    handler: EventHandler<S>,
  ): void
  subscribe<S extends Schema>(
    event: EventDefinition<S>,
    ...rest: [EventHandler<S>] | [SubscriptionOptions, EventHandler<S> | SettlingHandler<S> | BatchHandler<S>]
  ): void {
    const [options, handler]: [SubscriptionOptions, unknown] = rest.length === 1 ? [{}, rest[0]] : rest
    const { group: name = this.#parts.source } = options
    requireName('group', name)
    const group = this.#groupOf(event.topic, name, options)
    if (group.handlers.has(event.type)) throw badSubscription(`group ${name} handles ${event.type} already`)
    // The event's own schema made the data that its handler gets.
    group.handlers.set(event.type, { event, handle: this.#handlerOf(group.options, handler) })
  }

  /** Groups of this process, for dashboards and commands. */
  get groups(): { topic: string; group: string; isPaused: boolean; inFlight: number }[] {
    return [...this.#groups.values()].map(({ consumer: { topic, group, isPaused, inFlight } }) => ({
      topic,
      group,
      isPaused,
      inFlight,
    }))
  }

  /** Groups of this process with what they did so far. */
  view(): GroupView[] {
    return [...this.#groups.values()].map(({ consumer, options, handlers, telemetry }) => {
      const { topic, group, isPaused, inFlight } = consumer
      const { concurrency = 16, deadLetter = `${topic}.dead-letter` } = options
      return {
        ...{ topic, group, types: [...handlers.keys()], isPaused, inFlight, concurrency },
        deadLetter: deadLetter === false ? undefined : deadLetter,
        ...telemetry.totals,
      }
    })
  }

  /** Messages of the topic that the group has not acknowledged; undefined where the broker cannot say now. */
  lag(topic: string, group: string): Promise<number | undefined> {
    return this.#parts.broker.lag(topic, group).catch(() => undefined)
  }

  /** Takes no further events of this process's part of the group; default all. Those in hand are ended. */
  pause(group?: string): void {
    for (const { consumer } of this.#consumersOf(group)) consumer.pause()
  }

  resume(group?: string): void {
    for (const { consumer } of this.#consumersOf(group)) consumer.resume()
  }

  /** The broker alone, without handling anything: for commands that publish, look or replay. `stop` ends it. */
  async connect(): Promise<void> {
    await this.#parts.broker.start()
    this.#isConnected = true
    this.#isStarted = true
  }

  /**
   * Connects, and joins every group. A broker that is away keeps nobody from starting: the health is `DOWN`, publishing fails with
   * `BROKER_UNAVAILABLE`, and the groups are joined when it is there.
   *
   * @throws what no waiting heals, such as `BAD_BROKER_URL` or `KAFKA_NOT_INSTALLED`.
   */
  async start(): Promise<void> {
    const { clock, log } = this.#parts
    this.#isStarted = true
    this.#joining = new Joining({ clock, log, join: () => this.#join() })
    await this.#joining.begin()
    const measure = (): void => {
      this.#cancelLag = clock.schedule(lagEveryMs, () => void this.#measureLag().finally(measure))
    }
    if (this.#groups.size > 0) measure()
  }

  /** First of all on shutdown: takes nothing new, and ends what is being handled. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.#joining?.stop()
    this.#cancelLag?.()
    await Promise.all([...this.#groups.values()].map(({ consumer }) => consumer.stop(signal)))
  }

  async stop(): Promise<void> {
    if (!this.#isStarted) return
    this.#isStarted = false
    this.#joining?.stop()
    await this.#parts.broker.stop()
  }

  async health(signal: AbortSignal = AbortSignal.timeout(2_000)): Promise<ComponentHealth> {
    const found = await this.#parts.broker.health(signal)
    const { problem } = this.#joining ?? {}
    const health =
      found.status === 'DOWN' || problem === undefined ? found : { status: 'DOWN' as const, error: problem }
    return { ...health, details: { broker: this.#parts.broker.name, ...health.details, groups: this.groups } }
  }

  #groupOf(topic: string, name: string, options: SubscriptionOptions): Group {
    const place = `${topic}\n${name}`
    const known = this.#groups.get(place)
    if (known !== undefined) return withSameOptions(known, options)
    const { broker, tracer, propagator, clock, log } = this.#parts
    const telemetry = new ConsumerTelemetry({
      tracer,
      propagator,
      metrics: this.#metrics,
      get system() {
        return broker.name
      },
      clock,
      topic,
      group: name,
    })
    const handlers: Group['handlers'] = new Map()
    const consumer = new Consumer({
      topic,
      group: name,
      options: withBatchTime(options),
      // Those of a batch stand around all of it.
      layers: options.batch === undefined ? this.#layers : [],
      telemetry,
      log,
      clock,
      handle: (facts) => handleWith(handlers, facts),
      bury: (message, deadTopic, error, facts) =>
        broker.publish([toDeadLetter(message, { topic: deadTopic, error, facts, nowMs: clock.now() })]),
    })
    const group: Group = { consumer, telemetry, options, handlers }
    this.#groups.set(place, group)
    if (this.#isStarted) throw badSubscription('subscribe before the service starts')
    return group
  }

  /** One by one, by hand, or in batches. */
  #handlerOf(options: SubscriptionOptions, handler: unknown): GroupHandler {
    const { batch, ack = 'auto', timeoutMs = 30_000 } = options
    if (batch !== undefined) {
      const { tracer, clock } = this.#parts
      const layers = this.#batchLayers()
      const isManual = ack === 'manual'
      const handle = handler as BatchHandler
      const batcher = new Batcher({ options: batch, isManual, timeoutMs, layers, handle, tracer, clock })
      return (event, facts) => batcher.add(event, facts, currentContext()?.get(currentSpan))
    }
    if (ack === 'auto') return handler as EventHandler
    return async (event) => {
      const settlement = new Settlement()
      await (handler as SettlingHandler)(settleable(event, settlement))
      await settlement.outcome
    }
  }

  #batchLayers(): readonly BatchLayer[] {
    return this.#layers.map(({ batch }) => {
      if (batch !== undefined) return batch
      throw badSubscription('a layer of this messaging knows no batches; give it one as its property batch')
    })
  }

  async #join(): Promise<void> {
    if (!this.#isConnected) await this.#parts.broker.start()
    this.#isConnected = true
    // At once: to join a group takes as long as a broker lets it, Kafka 3 s where the group is new.
    const joined = await Promise.allSettled([...this.#groups.values()].map((group) => this.#attach(group)))
    for (const result of joined) if (result.status === 'rejected') throw result.reason
  }

  async #attach({ consumer, options }: Group): Promise<void> {
    if (consumer.isAttached) return
    const { broker } = this.#parts
    const { concurrency = 16, from = 'earliest', batch } = options
    const prefetch = Math.max(concurrency, batch?.size ?? 0)
    const source = { topic: consumer.topic, group: consumer.group, prefetch, from }
    await consumer.attach(await broker.subscribe(source, (delivery) => consumer.receive(delivery)))
  }

  #consumersOf(name: string | undefined): Group[] {
    return [...this.#groups.values()].filter(({ consumer }) => name === undefined || consumer.group === name)
  }

  async #measureLag(): Promise<void> {
    for (const { consumer } of this.#groups.values()) {
      const lag = await this.lag(consumer.topic, consumer.group)
      if (lag !== undefined) this.#metrics.lag(consumer.topic, consumer.group, lag)
    }
  }

  /** What the running work's trace and baggage are in headers. */
  #traceHeaders(): MessageHeaders {
    const headers: Record<string, string> = {}
    const target = {
      set(name: string, value: string) {
        headers[name] = value
      },
    }
    const context = currentContext()
    context?.get(currentSpan)?.inject(target)
    const baggage = context?.get(contextBaggage)
    if (baggage !== undefined) this.#parts.propagator.injectBaggage?.(baggage, target)
    return headers
  }

  #count(messages: readonly Message[], outcome: 'ok' | 'error'): void {
    for (const { topic } of messages) this.#metrics.published(topic, outcome, 1)
  }
}

/** Types that nobody asked for are passed over: a topic may carry others. */
async function handleWith(handlers: Group['handlers'], facts: MessageContext): Promise<void> {
  const { message, attempt, group } = facts
  const type = typeOf(message)
  const wanted = handlers.get(type)
  const { [forGroupHeader]: forGroup } = message.headers
  if (wanted === undefined || (forGroup !== undefined && forGroup !== group)) return
  const event: ReceivedEvent = {
    type,
    data: await dataOf(wanted.event, message),
    id: message.id,
    key: message.key,
    source: message.headers['ce-source'] ?? '',
    time: timeOf(message),
    topic: message.topic,
    headers: message.headers,
    attempt,
  }
  await wanted.handle(event, facts)
}

/** Each message of a batch may wait for the others before its time begins. */
function withBatchTime(options: SubscriptionOptions): SubscriptionOptions {
  const { batch, timeoutMs = 30_000 } = options
  return batch === undefined ? options : { ...options, timeoutMs: timeoutMs + (batch.waitMs ?? 50) }
}

function timeOf({ headers }: Message): Date {
  const time = new Date(headers['ce-time'] ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? new Date(0) : time
}

function withSameOptions(group: Group, options: SubscriptionOptions): Group {
  const { group: _, ...given } = options
  const { group: __, ...first } = group.options
  if (Object.keys(given).length === 0 || JSON.stringify(given) === JSON.stringify(first)) return group
  const { topic, group: name } = group.consumer
  throw badSubscription(`group ${name} was subscribed to topic ${topic} with other options; give them once`)
}

function badSubscription(problem: string): ServiceError {
  return new ServiceError('BAD_SUBSCRIPTION', `subscribe() cannot do this: ${problem}.`)
}

function cannotDelay(broker: string): ServiceError {
  return new ServiceError(
    'CANNOT_DELAY',
    `The broker ${broker} delivers at once and cannot delay a message; keep it in an outbox until it is due.`,
  )
}
