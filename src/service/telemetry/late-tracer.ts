/**
 * LateTracer: the service's tracer before it is known what it records. Middleware and components are given this one while
 * the file of a service is still being read; what the environment asks for is put in its place later.
 */
import type { Baggage } from '../../telemetry/baggage.ts'
import type { HeaderSource, HeaderTarget, Propagator } from '../../telemetry/propagation.ts'
import { defaultPropagator } from '../../telemetry/propagators/composite.ts'
import type { Span, SpanOptions, TraceContext, Tracer } from '../../telemetry/tracer.ts'

export class LateTracer implements Tracer, Propagator {
  #tracer: Tracer
  #propagator: Propagator = defaultPropagator

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  setDestination(tracer: Tracer, propagator: Propagator): void {
    this.#tracer = tracer
    this.#propagator = propagator
  }

  start(name: string, options?: SpanOptions): Span {
    return this.#tracer.start(name, options)
  }

  extract(from: HeaderSource): TraceContext | undefined {
    return this.#propagator.extract(from)
  }

  inject(context: TraceContext, into: HeaderTarget): void {
    this.#propagator.inject(context, into)
  }

  extractBaggage(from: HeaderSource): Baggage | undefined {
    return this.#propagator.extractBaggage?.(from)
  }

  injectBaggage(baggage: Baggage, into: HeaderTarget): void {
    this.#propagator.injectBaggage?.(baggage, into)
  }
}
