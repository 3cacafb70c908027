/**
 * Gate readings: what a gate needs, asked of Prometheus or read from a registry.
 *
 *   gateQueries ─▶ GET /api/v1/query?query=… (the caller's part) ─▶ queryValue ─▶ SloReading ─▶ gate
 *   snapshot before, snapshot after ───────▶ snapshotReadings ───────────────────────┘
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { MetricsSnapshot } from '../telemetry/metric-snapshot.ts'
import { eventCounts } from './event-counts.ts'
import type { SloReading } from './gate.ts'
import { budgetRemaining, errorsExpr, matcherOf, requestsExpr } from './internal/series.ts'
import type { Objective } from './objective.ts'

/** PromQL, each for an instant query that gives one number or none. */
export interface GateQueries {
  readonly objective: string
  readonly requests: string
  readonly failures: string
  /** Of what `recordingRules` record. */
  readonly budgetRemaining: string
}

export interface GateQueryOptions {
  /** How far back, in seconds; default 600. Shorter than four scrapes, and nothing is seen. */
  readonly windowSeconds?: number
  /** Matchers of what is judged, such as `job="orders",version="1.3.0"` for a canary; default `job="NAME"`. */
  readonly selector?: string
}

export function gateQueries(objectives: readonly Objective[], options: GateQueryOptions = {}): GateQueries[] {
  const { windowSeconds: seconds = 600 } = options
  return objectives.map((objective) => {
    const { selector = `job="${objective.service}"` } = options
    const query = { objective, selector, seconds, per: 'increase' } as const
    return {
      objective: objective.name,
      requests: requestsExpr(query),
      failures: errorsExpr(query),
      budgetRemaining: `${budgetRemaining}${matcherOf(objective)}`,
    }
  })
}

/**
 * The number in an answer of `/api/v1/query`; undefined if there is no series.
 *
 * @throws ServiceError `BAD_QUERY_RESULT` if it is no answer, tells of an error or has several series.
 */
export function queryValue(answer: unknown): number | undefined {
  const { resultType, result } = resultOf(answer)
  if (resultType === 'scalar') return numberOf(result)
  if (resultType !== 'vector') throw badResult(`expected a vector or a scalar, got ${String(resultType)}`)
  if (result.length > 1) throw badResult(`expected one series, got ${result.length}`)
  return result.length === 0 ? undefined : numberOf(Object(result[0]).value)
}

export interface QuerySeries {
  /** `__name__` among them. */
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** All series in such an answer. @throws ServiceError `BAD_QUERY_RESULT`. */
export function queryVector(answer: unknown): QuerySeries[] {
  const { resultType, result } = resultOf(answer)
  if (resultType !== 'vector') throw badResult(`expected a vector, got ${String(resultType)}`)
  return result.map((series) => ({ labels: { ...Object(series).metric }, value: numberOf(Object(series).value) }))
}

function resultOf(answer: unknown): { resultType: unknown; result: unknown[] } {
  const { status, error, data } = Object(answer) as { status?: unknown; error?: unknown; data?: unknown }
  if (status !== 'success') throw badResult(typeof error === 'string' ? error : 'its status is not success')
  const { resultType, result } = Object(data) as { resultType?: unknown; result?: unknown }
  if (!Array.isArray(result)) throw badResult('it has no result')
  return { resultType, result }
}

/** What happened between two snapshots, or since the start where there is no earlier one. */
export function snapshotReadings(
  objectives: readonly Objective[],
  { before = [], after }: { before?: MetricsSnapshot; after: MetricsSnapshot },
): SloReading[] {
  return objectives.map((objective) => {
    const first = eventCounts(before, objective)
    const last = eventCounts(after, objective)
    return {
      objective: objective.name,
      requests: last.requests - first.requests,
      failures: last.failures - first.failures,
    }
  })
}

/** A sample is `[time, "value"]`. */
function numberOf(sample: unknown): number {
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined
  if (typeof text !== 'string') throw badResult('a sample has no value')
  return Number(text)
}

function badResult(problem: string): ServiceError {
  return new ServiceError(
    'BAD_QUERY_RESULT',
    `This is no answer of Prometheus to an instant query that a gate can read: ${problem}. Send the query to /api/v1/query and give the whole answer.`,
  )
}
