/**
 * Consumer: what a group does with each delivery, the same over every broker.
 *
 *   delivery ─▶ of its key the next one ─▶ attempt (context, deadline, span, layers, handler) ─ok─▶ ack
 *                                             ▲    └─fails─▶ again after a delay
 *                                             └──────────────┘ └─ last attempt, or never to succeed ─▶ dead letter ─▶ ack
 *
 * A consumer that stops gives back what it has not begun, and what waits for its next attempt.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { compose, type Layer } from '../foundation/compose/compose.ts'
import { Context } from '../foundation/context/context.ts'
import { ServiceError, toServiceError } from '../foundation/errors/service-error.ts'
import { retryDelayMs } from '../resilience/retry.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { BatchLayer } from './batcher.ts'
import type { BrokerSubscription, Delivery } from './broker.ts'
import type { ConsumerTelemetry } from './internal/consumer-telemetry.ts'
import { KeyOrder } from './internal/key-order.ts'
import type { Message } from './message.ts'
import { RejectedError, RetryError } from './settlement.ts'
import type { SubscriptionOptions } from './subscription-options.ts'

/** One attempt to handle a message. */
export interface MessageContext {
  readonly message: Message
  readonly topic: string
  readonly group: string
  readonly attempt: number
}

/** A layer around every attempt of a group, such as an inbox. */
export type MessageLayer = Layer<MessageContext, Promise<void>> & {
  /** The same around a batch. A group that handles batches needs it of every layer. */
  readonly batch?: BatchLayer
}

export interface ConsumerParts {
  readonly topic: string
  readonly group: string
  readonly options: SubscriptionOptions
  readonly layers: readonly MessageLayer[]
  readonly handle: (facts: MessageContext) => Promise<void>
  /** Takes what failed for good. */
  readonly bury: (message: Message, topic: string, error: ServiceError, facts: MessageContext) => Promise<void>
  readonly telemetry: ConsumerTelemetry
  readonly log: Logger
  readonly clock: Clock
}

export class Consumer {
  readonly topic: string
  readonly group: string
  readonly #parts: ConsumerParts
  readonly #order = new KeyOrder()
  readonly #attempt: (facts: MessageContext) => Promise<void>
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #subscription: BrokerSubscription | undefined
  #isPaused = false

  constructor(parts: ConsumerParts) {
    this.topic = parts.topic
    this.group = parts.group
    this.#parts = parts
    this.#attempt = compose(parts.layers, (facts) => parts.handle(facts))
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Deliveries that are being handled or wait for their key or their next attempt. */
  get inFlight(): number {
    return this.#running.size
  }

  get isAttached(): boolean {
    return this.#subscription !== undefined
  }

  async attach(subscription: BrokerSubscription): Promise<void> {
    this.#subscription = subscription
    // Who stopped meanwhile did not know of it.
    if (this.#stopping.signal.aborted) return await subscription.close()
    if (this.#isPaused) subscription.pause()
  }

  pause(): void {
    this.#isPaused = true
    this.#subscription?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#subscription?.resume()
  }

  receive(delivery: Delivery): void {
    const { message } = delivery
    const task = this.#order.run(message.key, () => this.#process(delivery))
    this.#running.add(task)
    void task.then(() => this.#running.delete(task))
  }

  /** Takes nothing new and ends what is being handled; `signal` ends the waiting for it. */
  async stop(signal?: AbortSignal): Promise<void> {
    this.#subscription?.pause()
    this.#stopping.abort(new ServiceError('CANCELLED', 'The consumer stops.', { status: 499 }))
    await Promise.race([this.#idle(), aborted(signal)])
    await this.#subscription?.close()
  }

  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #process(delivery: Delivery): Promise<void> {
    const { message } = delivery
    const { telemetry, log, options } = this.#parts
    if (this.#stopping.signal.aborted) return delivery.giveBack()
    for (let attempt = delivery.attempt; ; attempt++) {
      const facts: MessageContext = { message, topic: this.topic, group: this.group, attempt }
      const error = await this.#try(facts)
      try {
        if (error === undefined) return await delivery.ack()
        const isLast = attempt >= (options.retry?.attempts ?? 5) || cannotSucceed(error)
        if (isLast && options.deadLetter !== false) {
          await this.#parts.bury(message, options.deadLetter ?? `${message.topic}.dead-letter`, error, facts)
          telemetry.settled('dead_letter')
          return await delivery.ack()
        }
        if (error instanceof RejectedError) {
          telemetry.settled('dropped')
          log.error('a message was rejected and dropped: its group has no dead letters', {
            ...{ error, topic: this.topic, group: this.group, id: message.id },
          })
          return await delivery.ack()
        }
      } catch (unsettled) {
        // Whoever gets it next handles it again.
        log.warn('a message could not be settled', {
          error: unsettled,
          topic: this.topic,
          group: this.group,
          id: message.id,
        })
        telemetry.settled('given_back')
        await this.#waitFor(attempt)
        return delivery.giveBack()
      }
      telemetry.settled('retry')
      if (!(await this.#waitFor(attempt, error))) return delivery.giveBack()
    }
  }

  /** The error of the attempt, if it failed. */
  async #try(facts: MessageContext): Promise<ServiceError | undefined> {
    const { telemetry, options, clock, log } = this.#parts
    const context = new Context({ timeoutMs: options.timeoutMs ?? 30_000, clock })
    const attempt = telemetry.begin(facts, context)
    try {
      // Cancelled work that does not listen must not hold its key for ever.
      await Promise.race([context.run(() => this.#attempt(facts)), cancelled(context)])
      attempt.end()
      return undefined
    } catch (thrown) {
      const error = toServiceError(thrown)
      attempt.end(error)
      log.warn('a message was not handled', {
        error: thrown,
        topic: this.topic,
        group: this.group,
        id: facts.message.id,
        attempt: facts.attempt,
      })
      return error
    } finally {
      context.finish()
    }
  }

  /** False when the consumer stops meanwhile. */
  async #waitFor(attempt: number, error?: ServiceError): Promise<boolean> {
    const { baseDelayMs = 100, maxDelayMs = 30_000 } = this.#parts.options.retry ?? {}
    const delayMs = retryDelayMs({ attempt, baseDelayMs, maxDelayMs, retryAfterMs: undefined, random: Math.random() })
    const askedMs = error instanceof RetryError ? error.afterMs : undefined
    return await this.#parts.clock.sleep(askedMs ?? delayMs, this.#stopping.signal).then(
      () => true,
      () => false,
    )
  }
}

/** What says of itself that doing it again is of no use; an error of unknown kind may have been an accident. */
function cannotSucceed(error: ServiceError): boolean {
  return error.code !== 'INTERNAL' && !error.retryable && error.status >= 400 && error.status < 500
}

function cancelled(context: Context): Promise<never> {
  return new Promise((_resolve, reject) => context.onCancel(reject))
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}
