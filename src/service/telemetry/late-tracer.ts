/**
 * LateTracer: the service's tracer before it is known what it records. Middleware and components are given this one while
 * the file of a service is still being read; what the environment asks for is put in its place later.
 */
import { type HeaderSource, type HeaderTarget, type Propagator, w3cPropagator } from '../../telemetry/propagation.ts'
import type { Span, SpanOptions, TraceContext, Tracer } from '../../telemetry/tracer.ts'

export class LateTracer implements Tracer, Propagator {
  #tracer: Tracer
  #propagator: Propagator = w3cPropagator

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
}
