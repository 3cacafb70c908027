/** Sampler: decides, when a trace begins or arrives, whether its spans are kept. */
import type { SpanKind, TraceContext } from './tracer.ts'

/**
 *   drop     the span only carries ids on
 *   record   it is recorded, and whoever comes behind the tracer decides; the next process is told «not sampled»
 *   sample   it is recorded and kept, and the next process is told so
 */
export type SamplingDecision = 'drop' | 'record' | 'sample'

export interface SamplingQuestion {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** The caller's span, if there is one. */
  readonly parent: TraceContext | undefined
  readonly name: string
  readonly kind: SpanKind
}

/** Asked for the first span of a trace in this process; those below it follow its decision. */
export interface Sampler {
  decide(question: SamplingQuestion): SamplingDecision
}

export const alwaysOn: Sampler = { decide: () => 'sample' }
export const alwaysOff: Sampler = { decide: () => 'drop' }

/** Does as the caller does; `root` decides where there is none. */
export function parentBased(root: Sampler): Sampler {
  return {
    decide(question) {
      if (question.parent === undefined) return root.decide(question)
      return question.parent.sampled ? 'sample' : 'drop'
    },
  }
}

/** Of the 14 digits that are random, the first 13: as many bits as a number holds exactly. */
const randomStart = 18
const randomEnd = 31
const range = 16 ** (randomEnd - randomStart)

/**
 * Keeps this share of all traces, from 0 to 1. The last digits of the trace id decide, as in OpenTelemetry's consistent
 * probability sampling (randomness ≥ rejection threshold): every process with the same share keeps the same traces, and one
 * with a larger share all of those and more.
 */
export function traceIdRatio(ratio: number): Sampler {
  if (ratio >= 1) return alwaysOn
  if (!(ratio > 0)) return alwaysOff
  const threshold = (1 - ratio) * range
  return {
    decide: ({ traceId }) =>
      Number.parseInt(traceId.slice(randomStart, randomEnd), 16) >= threshold ? 'sample' : 'drop',
  }
}
