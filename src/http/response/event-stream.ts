/**
 * Server-sent events as an answer (WHATWG HTML, section 9.2):
 *
 *   source ─▶ value or ServerSentEvent ─▶ 'id: 7\nevent: changed\ndata: {…}\n\n' ─▶ client
 *     └─ quiet for `heartbeatMs` ─▶ ':\n\n'         a comment keeps proxies from closing the connection
 *
 * When the client leaves, the source is ended (`finally` in a generator runs) as soon as it is not in the middle of
 * waiting; whoever waits long waits with `c.signal`.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Call } from '../internal/call.ts'
import type { Reply } from '../reply.ts'
import { type EventSource, ServerSentEvent } from './server-sent-event.ts'

export interface EventStreamOptions {
  /** A comment is sent after so much silence. Default 15,000; proxies tend to give up after 60 s. 0 sends none. */
  heartbeatMs?: number
}

export function recordEvents(
  call: Call,
  source: EventSource,
  { heartbeatMs = 15_000 }: EventStreamOptions = {},
): Reply {
  const { reply, settings, route } = call
  if (!reply.headers.has('cache-control')) reply.headers.set('cache-control', 'no-cache')
  reply.body = {
    kind: 'stream',
    source: new EventText(source, { heartbeatMs, clock: settings.clock, serialize: route.serializers.forEvents }),
    contentType: 'text/event-stream',
  }
  return reply
}

interface EventTextOptions {
  readonly heartbeatMs: number
  readonly clock: Clock
  readonly serialize: (value: unknown) => string
}

/** The events as text. `return()` takes effect at once, even while the source is waiting for its next event. */
class EventText implements AsyncIterableIterator<string, void> {
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>
  readonly #options: EventTextOptions
  #next: Promise<IteratorResult<unknown>> | undefined

  constructor(source: EventSource, options: EventTextOptions) {
    this.#source = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    this.#options = options
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<string, void>> {
    this.#next ??= Promise.resolve(this.#source.next())
    const { heartbeatMs, clock, serialize } = this.#options
    const isQuiet = heartbeatMs > 0 && !(await settlesWithin(this.#next, heartbeatMs, clock))
    if (isQuiet) return { done: false, value: ':\n\n' }
    const { done, value } = await this.#next
    this.#next = undefined
    return done === true ? { done, value: undefined } : { done: false, value: encodeEvent(value, serialize) }
  }

  async return(): Promise<IteratorResult<string, void>> {
    // Not awaited: a generator that waits for its next event ends only after it.
    Promise.resolve(this.#source.return?.()).catch(() => {})
    return { done: true, value: undefined }
  }
}

function settlesWithin(work: Promise<unknown>, timeMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(timeMs, () => resolve(false))
    const settle = () => {
      cancel()
      resolve(true)
    }
    work.then(settle, settle)
  })
}

/** @throws ServiceError `BAD_EVENT` if id or name would break the stream. */
export function encodeEvent(item: unknown, serialize: (value: unknown) => string): string {
  const { value, options } = item instanceof ServerSentEvent ? item : new ServerSentEvent(item)
  let text = ''
  if (options.id !== undefined) text += `id: ${oneLine('id', options.id)}\n`
  if (options.event !== undefined) text += `event: ${oneLine('event', options.event)}\n`
  if (options.retryMs !== undefined) text += `retry: ${Math.max(0, Math.trunc(options.retryMs))}\n`
  const payload = typeof value === 'string' ? value : serialize(value)
  // A line break of any kind would end the field; each line gets a field of its own.
  for (const line of payload.split(/\r\n|\r|\n/)) text += `data: ${line}\n`
  return `${text}\n`
}

function oneLine(field: string, text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (!/[\r\n\x00]/.test(text)) return text
  throw new ServiceError('BAD_EVENT', `The ${field} of a server-sent event holds a line break or NUL.`)
}
