/**
 * traced: a span around a piece of work, below the span of whatever runs now.
 *
 *   traced('charge card', { attributes: { amount } }, async (span) => …) ─ returns ─▶ end
 *                                                                         └ throws ─▶ fail, end, thrown on
 */
import { Context, currentContext } from '../foundation/context/context.ts'
import { defaultTracer } from './default-tracer.ts'
import { currentSpan, type Span, type SpanOptions, type Tracer } from './tracer.ts'

export interface TracedOptions extends SpanOptions {
  /** Default the current span's; outside of any, that of the service that runs in this process. */
  readonly tracer?: Tracer
}

/** Runs `work` in a span of this name and returns what it returns. A promise is waited for before the span ends. */
export function traced<T>(name: string, work: (span: Span) => T): T
export function traced<T>(name: string, options: TracedOptions, work: (span: Span) => T): T
export function traced<T>(
  name: string,
  optionsOrWork: TracedOptions | ((span: Span) => T),
  workBehind?: (span: Span) => T,
): T {
  if (typeof optionsOrWork === 'function') return runTraced(name, {}, optionsOrWork)
  return runTraced(name, optionsOrWork, workBehind as (span: Span) => T)
}

function runTraced<T>(name: string, options: TracedOptions, work: (span: Span) => T): T {
  const span = (options.tracer ?? defaultTracer).start(name, options)
  const context = new Context({ parent: currentContext() }).set(currentSpan, span)
  try {
    const result = context.runWith(work, span)
    if (!(result instanceof Promise)) {
      span.end()
      return result
    }
    return endWith(span, result) as T
  } catch (error) {
    span.fail(error)
    span.end()
    throw error
  }
}

async function endWith<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    span.fail(error)
    throw error
  } finally {
    span.end()
  }
}
