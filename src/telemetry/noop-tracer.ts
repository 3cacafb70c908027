/**
 * The tracer that records nothing: each span still has an id of its own below its parent, so that logs of one request can
 * be found in every service, and whoever does trace, before or after us, sees an unbroken chain.
 */
import { currentContext } from '../foundation/context/context.ts'
import { childContext, rootContext } from './trace-context.ts'
import { currentSpan, type Span, type SpanOptions, type TraceContext, type Tracer } from './tracer.ts'

export interface NoopTracerOptions {
  /** The sampled flag of traces that begin here; those that come from a caller keep theirs. Default false: nothing is recorded. */
  readonly sampled?: boolean
}

export function createNoopTracer({ sampled = false }: NoopTracerOptions = {}): Tracer {
  return {
    start(_name: string, options?: SpanOptions): Span {
      return new NoopSpan(options?.parent ?? currentContext()?.get(currentSpan)?.context, sampled)
    },
  }
}

export const noopTracer: Tracer = createNoopTracer()

class NoopSpan implements Span {
  readonly #parent: TraceContext | undefined
  readonly #sampled: boolean
  #context: TraceContext | undefined

  constructor(parent: TraceContext | undefined, sampled: boolean) {
    this.#parent = parent
    this.#sampled = sampled
  }

  /** Made on first use: many requests neither log nor call anybody. */
  get context(): TraceContext {
    this.#context ??= this.#parent === undefined ? rootContext(this.#sampled) : childContext(this.#parent)
    return this.#context
  }

  set(): void {}
  fail(): void {}
  end(): void {}
}
