/** A span of ours as OpenTelemetry's API has it: whatever is said of it by either name is said of the same span. */
import type * as api from '@opentelemetry/api'
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Span } from '../tracer.ts'
import { monotonicFrom } from './api-time.ts'
import { formatTraceState, toSpanAttributes, toSpanLink } from './api-values.ts'

/** `SpanStatusCode` of the API. */
const ok = 1
const failed = 2
const sampledFlag = 1

export class BridgeSpan implements api.Span {
  readonly inner: Span
  readonly #clock: Clock

  constructor(inner: Span, clock: Clock) {
    this.inner = inner
    this.#clock = clock
  }

  spanContext(): api.SpanContext {
    const { traceId, spanId, sampled, traceState } = this.inner.context
    const ids = { traceId, spanId, traceFlags: sampled ? sampledFlag : 0 }
    return traceState === undefined ? ids : { ...ids, traceState: formatTraceState(traceState) }
  }

  setAttribute(name: string, value: api.AttributeValue): this {
    return this.setAttributes({ [name]: value })
  }

  setAttributes(attributes: api.Attributes): this {
    for (const [name, value] of Object.entries(toSpanAttributes(attributes))) {
      if (value !== undefined) this.inner.set(name, value)
    }
    return this
  }

  addEvent(name: string, attributesOrTime?: api.Attributes | api.TimeInput, time?: api.TimeInput): this {
    const isTime = isTimeInput(attributesOrTime)
    const attributes = isTime ? undefined : toSpanAttributes(attributesOrTime)
    this.inner.event(name, attributes, monotonicFrom(isTime ? attributesOrTime : time, this.#clock))
    return this
  }

  addLink(link: api.Link): this {
    this.inner.link(toSpanLink(link))
    return this
  }

  addLinks(links: api.Link[]): this {
    for (const link of links) this.addLink(link)
    return this
  }

  setStatus({ code, message }: api.SpanStatus): this {
    if (code === ok) this.inner.succeed()
    else if (code === failed) this.inner.fail(message)
    return this
  }

  updateName(name: string): this {
    this.inner.rename(name)
    return this
  }

  end(endTime?: api.TimeInput): void {
    this.inner.end(monotonicFrom(endTime, this.#clock))
  }

  isRecording(): boolean {
    return this.inner.isRecording
  }

  recordException(exception: api.Exception, time?: api.TimeInput): void {
    const { code, name, message, stack } = typeof exception === 'string' ? { message: exception } : asFields(exception)
    const type = code === undefined ? name : String(code)
    const attributes = { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack }
    this.inner.event('exception', attributes, monotonicFrom(time, this.#clock))
  }
}

interface ExceptionFields {
  readonly code?: string | number
  readonly name?: string
  readonly message?: string
  readonly stack?: string
}

function asFields(exception: Exclude<api.Exception, string>): ExceptionFields {
  return exception
}

/** A number, a date, or `[seconds, nanoseconds]`. */
function isTimeInput(value: unknown): value is api.TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value)
}
