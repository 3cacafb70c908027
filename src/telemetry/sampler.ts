/** Sampler: decides, when a trace begins or arrives, whether its spans are kept. */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
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

/** Does as the caller does; `root` decides where there is none, or where the caller leaves it to us. */
export function parentBased(root: Sampler): Sampler {
  return {
    decide(question) {
      const { parent } = question
      if (parent === undefined || parent.isUndecided === true) return root.decide(question)
      return parent.sampled ? 'sample' : 'drop'
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
  const quickThreshold = Math.floor(threshold / quickRange)
  return {
    decide({ traceId }) {
      // Nearly always the first digits tell; every request is asked, and reading all of them takes ten times as long.
      const quick = quickDigits(traceId)
      const isKept = quick === quickThreshold ? wholeDigits(traceId) >= threshold : quick > quickThreshold
      return isKept ? 'sample' : 'drop'
    },
  }
}

/** The first seven of the digits are a small integer. */
const quickEnd = 25
const quickRange = 16 ** (randomEnd - quickEnd)

function quickDigits(traceId: string): number {
  let value = 0
  for (let i = randomStart; i < quickEnd; i++) {
    const code = traceId.charCodeAt(i)
    value = (value << 4) | (code <= 0x39 ? code - 0x30 : code - 0x57)
  }
  return value
}

function wholeDigits(traceId: string): number {
  return Number.parseInt(traceId.slice(randomStart, randomEnd), 16)
}

/**
 * Keeps at most so many traces in a second, and up to a second's worth at once: what a receiver costs has a bound then,
 * whatever the traffic. A rate below 1 keeps one trace in several seconds.
 */
export function rateLimited(perSecond: number, clock: Pick<Clock, 'monotonic'> = systemClock): Sampler {
  const most = Math.max(1, perSecond)
  let left = most
  let filledMs = clock.monotonic()
  return {
    decide() {
      const nowMs = clock.monotonic()
      left = Math.min(most, left + ((nowMs - filledMs) / 1_000) * perSecond)
      filledMs = nowMs
      if (left < 1) return 'drop'
      left--
      return 'sample'
    },
  }
}

/** Keeps what all of them keep; those behind one that drops are not asked. */
export function allOf(...samplers: readonly Sampler[]): Sampler {
  return {
    decide: (question) => (samplers.every((sampler) => sampler.decide(question) === 'sample') ? 'sample' : 'drop'),
  }
}
