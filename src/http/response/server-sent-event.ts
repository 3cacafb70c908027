/** Server-sent events: what a stream of them consists of (WHATWG HTML, section 9.2). */

/** What to stream: plain values (sent as JSON, a string as it is) or events with a name, an id or a delay. */
export type EventSource<T = unknown> = AsyncIterable<T | ServerSentEvent<T>> | Iterable<T | ServerSentEvent<T>>

export interface ServerSentEventOptions {
  /** Comes back as `Last-Event-ID` when the client reconnects; no line breaks, no NUL. */
  readonly id?: string
  /** Type of the event; clients take `message` where there is none. */
  readonly event?: string
  /** How long the client shall wait before it reconnects, in milliseconds. */
  readonly retryMs?: number
}

/** An event with more than a value: `yield new ServerSentEvent(order, { id: order.version, event: 'changed' })`. */
export class ServerSentEvent<T = unknown> {
  readonly value: T
  readonly options: ServerSentEventOptions

  constructor(value: T, options: ServerSentEventOptions = {}) {
    this.value = value
    this.options = options
  }
}
