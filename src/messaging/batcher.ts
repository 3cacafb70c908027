/**
 * Batcher: messages that are handled together, each with a result of its own.
 *
 *   message ─▶ waits ─▶ `size` of them, or `waitMs` after the first ─▶ layers ─▶ handler(events)
 *                                                                         ├ resolves: those it said nothing of are handled
 *                                                                         └ throws:   those have failed
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { Context } from '../foundation/context/context.ts'
import type { Schema } from '../schema/schema.ts'
import { currentSpan, type Span, type SpanLink, type Tracer } from '../telemetry/tracer.ts'
import type { MessageContext } from './consumer.ts'
import type { ReceivedEvent } from './event.ts'
import { Settlement, type Settling } from './settlement.ts'
import type { BatchOptions } from './subscription-options.ts'

/**
 * A layer around every batch of a group, such as an inbox. It may leave messages out, which then count as handled; `next` gives
 * those of its messages that were not.
 */
export type BatchLayer = (
  messages: readonly MessageContext[],
  next: (messages: readonly MessageContext[]) => Promise<readonly MessageContext[]>,
) => Promise<readonly MessageContext[]>

export type BatchHandler<S extends Schema = Schema> = (
  events: readonly (ReceivedEvent<S> & Settling)[],
) => void | Promise<void>

export interface BatcherParts {
  readonly options: BatchOptions
  /** Whether a message of which the handler says nothing stays open. */
  readonly isManual: boolean
  readonly timeoutMs: number
  readonly layers: readonly BatchLayer[]
  readonly handle: BatchHandler
  readonly tracer: Tracer
  readonly clock: Clock
}

interface Waiting {
  readonly facts: MessageContext
  readonly event: ReceivedEvent
  /** What the handler says. */
  readonly settlement: Settlement
  /** What became of it, when the layers have ended, too. */
  readonly done: PromiseWithResolvers<void>
  /** Of this attempt, in the publisher's trace. */
  readonly span: Span | undefined
}

export class Batcher {
  readonly #parts: BatcherParts
  #waiting: Waiting[] = []
  #cancelTimer: CancelTimer | undefined

  constructor(parts: BatcherParts) {
    this.#parts = parts
  }

  /** Resolves when the message was handled; rejects with why it was not. */
  add(event: ReceivedEvent, facts: MessageContext, span: Span | undefined): Promise<void> {
    const { size, waitMs = 50 } = this.#parts.options
    const waiting: Waiting = { facts, event, span, settlement: new Settlement(), done: Promise.withResolvers() }
    this.#waiting.push(waiting)
    if (this.#waiting.length >= size) this.#flush()
    else this.#cancelTimer ??= this.#parts.clock.schedule(waitMs, () => this.#flush())
    return waiting.done.promise
  }

  #flush(): void {
    const batch = this.#waiting
    this.#waiting = []
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (batch.length > 0) void this.#handle(batch)
  }

  /** Never rejects: each message is told by itself. */
  async #handle(batch: readonly Waiting[]): Promise<void> {
    const { timeoutMs, clock, tracer } = this.#parts
    const context = new Context({ timeoutMs, clock })
    const links = batch.flatMap(({ span }): SpanLink[] => (span === undefined ? [] : [{ context: span.context }]))
    const span = tracer.start(`process batch ${batch[0]?.facts.topic}`, { kind: 'consumer', isRoot: true, links })
    span.set('messaging.batch.message_count', batch.length)
    context.set(currentSpan, span)
    const overdue = new Promise<never>((_resolve, reject) => context.onCancel(reject))
    try {
      // Work that does not listen must not hold its messages for ever.
      await Promise.race([context.run(() => this.#through(0, batch)), overdue])
      for (const waiting of batch) tell(waiting)
    } catch (error) {
      span.fail(error)
      for (const waiting of batch) tell(waiting, error)
    } finally {
      context.finish()
      span.end()
    }
  }

  /** Through the layers, the first one outermost; gives what was not handled. */
  async #through(at: number, batch: readonly Waiting[]): Promise<readonly MessageContext[]> {
    const layer = this.#parts.layers[at]
    if (layer === undefined) return this.#call(batch)
    const places = new Map(batch.map((waiting) => [waiting.facts, waiting]))
    return layer(
      batch.map(({ facts }) => facts),
      (kept) =>
        this.#through(
          at + 1,
          kept.flatMap((facts) => places.get(facts) ?? []),
        ),
    )
  }

  async #call(batch: readonly Waiting[]): Promise<readonly MessageContext[]> {
    try {
      await this.#parts.handle(batch.map(({ event, settlement }) => settleable(event, settlement)))
    } catch (error) {
      // A layer such as an inbox takes back what was done for all of them.
      if (this.#parts.layers.length > 0) throw error
      for (const { settlement } of batch) settlement.close(error)
    }
    const failed = await Promise.all(
      batch.map(async ({ facts, settlement }) => {
        if (settlement.isOpen && !this.#parts.isManual) return undefined
        return settlement.outcome.then(
          () => undefined,
          () => facts,
        )
      }),
    )
    return failed.filter((facts) => facts !== undefined)
  }
}

/** The event with what may be said of it. */
export function settleable<S extends Schema>(
  event: ReceivedEvent<S>,
  settlement: Settlement,
): ReceivedEvent<S> & Settling {
  return {
    ...event,
    ack: () => settlement.ack(),
    retry: (request) => settlement.retry(request),
    reject: (error) => settlement.reject(error),
  }
}

/** Handled is what the handler said so of, if what is around the batch went well, too. */
function tell({ settlement, done }: Waiting, error?: unknown): void {
  settlement.close(error)
  settlement.outcome.then(() => (error === undefined ? done.resolve() : done.reject(error)), done.reject)
}
