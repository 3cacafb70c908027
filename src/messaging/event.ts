/** Event: a kind of message with a name and a schema, declared once and imported by who publishes and who listens. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { InputOf, OutputOf, Schema } from '../schema/schema.ts'

export interface EventDefinition<S extends Schema = Schema> {
  /** Such as `order.placed`. */
  readonly type: string
  readonly topic: string
  readonly data: S
  /** The key of an event with this data; undefined where its kind has none. */
  keyOf(data: InputOf<S>): string | undefined
}

export interface EventOptions<S extends Schema> {
  /** What its data must be, when it is published and when it is read. */
  readonly data: S
  /** Where it is published; default its type. Events whose order matters to each other share a topic. */
  readonly topic?: string
  /** Events with the same key arrive in the order in which they were published. */
  readonly key?: (data: InputOf<S>) => string
}

/** An event as a handler gets it. */
export interface ReceivedEvent<S extends Schema = Schema> {
  readonly type: string
  readonly data: OutputOf<S>
  /** The same at every delivery. */
  readonly id: string
  readonly key: string | undefined
  readonly source: string
  /** When it came to be. */
  readonly time: Date
  readonly topic: string
  readonly headers: Readonly<Record<string, string>>
  /** 1 for the first attempt to handle it in this process, or more if the broker knows of earlier ones. */
  readonly attempt: number
}

/** Letters, digits and `.`, `-`, `_`: what every broker takes as a name. */
const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/

/** @throws ServiceError `BAD_EVENT_NAME` for a name that brokers do not take. */
export function defineEvent<S extends Schema>(
  type: string,
  { data, topic = type, key }: EventOptions<S>,
): EventDefinition<S> {
  requireName('type', type)
  requireName('topic', topic)
  return Object.freeze({ type, topic, data, keyOf: (value: InputOf<S>) => key?.(value) })
}

export function requireName(what: string, value: string): void {
  if (name.test(value)) return
  throw new ServiceError(
    'BAD_EVENT_NAME',
    `${what} of an event: expected 1 to 200 letters, digits, '.', '-' and '_', beginning with a letter or digit, got ${value.length} characters.`,
  )
}
