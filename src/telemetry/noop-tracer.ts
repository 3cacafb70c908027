/**
 * The tracer that records nothing: each span still has an id of its own below its parent, so that logs of one request can
 * be found in every service, and whoever does trace, before or after us, sees an unbroken chain.
 */
import { currentContext } from '../foundation/context/context.ts'
import { injectTrace } from './inject-trace.ts'
import type { HeaderTarget, Propagator } from './propagation.ts'
import { defaultPropagator } from './propagators/composite.ts'
import { childContext, rootContext } from './trace-context.ts'
import { currentSpan, type Span, type SpanOptions, type TraceContext, type Tracer } from './tracer.ts'

export interface NoopTracerOptions {
  /** The sampled flag of traces that begin here; those that come from a caller keep theirs. Default false: nothing is recorded. */
  readonly sampled?: boolean
  /** How the trace goes on in other processes; default W3C Trace Context and baggage. */
  readonly propagator?: Propagator
}

export function createNoopTracer({ sampled = false, propagator = defaultPropagator }: NoopTracerOptions = {}): Tracer {
  return {
    start(_name: string, options?: SpanOptions): Span {
      if (options?.isRoot === true) return new NoopSpan(undefined, sampled, propagator)
      if (options?.parent !== undefined) return new NoopSpan(options.parent, sampled, propagator)
      return currentContext()?.get(currentSpan)?.child(_name, options) ?? new NoopSpan(undefined, sampled, propagator)
    },
  }
}

export class NoopSpan implements Span {
  readonly isRecording = false
  readonly hasFailed = false
  readonly #parent: TraceContext | NoopSpan | undefined
  readonly #sampled: boolean
  readonly #propagator: Propagator
  #context: TraceContext | undefined

  constructor(parent: TraceContext | NoopSpan | undefined, sampled: boolean, propagator: Propagator) {
    this.#parent = parent
    this.#sampled = sampled
    this.#propagator = propagator
  }

  /** Made on first use: many requests neither log nor call anybody. */
  get context(): TraceContext {
    if (this.#context !== undefined) return this.#context
    const parent = this.#parent instanceof NoopSpan ? this.#parent.context : this.#parent
    this.#context = parent === undefined ? rootContext(this.#sampled) : childContext(parent)
    return this.#context
  }

  child(): Span {
    return new NoopSpan(this, this.#sampled, this.#propagator)
  }

  inject(into: HeaderTarget): void {
    injectTrace(this.#propagator, this.context, into)
  }

  set(): void {}
  event(): void {}
  link(): void {}
  rename(): void {}
  exception(): void {}
  fail(): void {}
  succeed(): void {}
  end(): void {}
}

export const noopTracer: Tracer = createNoopTracer()
