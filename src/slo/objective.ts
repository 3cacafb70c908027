/**
 * Objective: a share of requests that must be good, and how good and bad ones are told apart.
 *
 *   slo: { availability: 0.999, latency: { p99Ms: 250 } }
 *          │                               └▶ 'latency-p99'   99 % of requests answered within 250 ms
 *          └───────────────────────────────▶ 'availability'   99.9 % of requests not answered with 5xx
 */
import { latencyBuckets } from '../telemetry/instruments/histogram.ts'
import { type LatencyBucket, latencyBucket } from './latency-bucket.ts'
import type { SloDeclaration } from './slo-declaration.ts'

export interface Objective {
  readonly service: string
  /** `availability`, `latency-p50`, `latency-p95` or `latency-p99`; the label `slo` of every series. */
  readonly name: string
  /** Share of requests that must be good. */
  readonly target: number
  /** Share of requests that may be bad: what the target leaves. */
  readonly budget: number
  readonly indicator: Indicator
}

export type Indicator = AvailabilityIndicator | LatencyIndicator

/** Bad is an answer with a status of 500 or more. */
export interface AvailabilityIndicator {
  readonly kind: 'availability'
}

/** Bad is an answer whose head took longer than the bucket's bound, whatever its status. */
export interface LatencyIndicator extends LatencyBucket {
  readonly kind: 'latency'
  /** As declared. */
  readonly limitMs: number
}

export interface ObjectiveOptions {
  /** Bounds of `http_request_duration_seconds`, in seconds, ascending; default those of the metrics layer. */
  readonly buckets?: readonly number[]
}

const percentiles = [
  { key: 'p50Ms', name: 'latency-p50', target: 0.5 },
  { key: 'p95Ms', name: 'latency-p95', target: 0.95 },
  { key: 'p99Ms', name: 'latency-p99', target: 0.99 },
] as const

/** Availability first, then latency by percentile; empty where nothing is promised. */
export function objectivesOf(
  { name: service, slo = {} }: SloDeclaration,
  { buckets = latencyBuckets }: ObjectiveOptions = {},
): Objective[] {
  const objectives: Objective[] = []
  const add = (name: string, target: number, indicator: Indicator): void => {
    objectives.push({ service, name, target, budget: tidy(1 - target), indicator })
  }
  if (slo.availability !== undefined) add('availability', slo.availability, { kind: 'availability' })
  for (const { key, name, target } of percentiles) {
    const limitMs = slo.latency?.[key]
    if (limitMs !== undefined) add(name, target, { kind: 'latency', limitMs, ...latencyBucket(limitMs, buckets) })
  }
  return objectives
}

/** For people: `99.9 % of requests not answered with 5xx`. */
export function describeObjective({ target, indicator }: Objective): string {
  const share = `${tidy(target * 100)} % of requests`
  if (indicator.kind === 'availability') return `${share} not answered with 5xx`
  return `${share} answered within ${tidy(indicator.boundSeconds * 1_000)} ms`
}

/** `1 - 0.999` is 0.0010000000000000009 in binary; twelve digits are what was meant. */
export function tidy(value: number): number {
  return Number(value.toPrecision(12))
}
