/** Metrics: which there are, any of them over time, and rate, errors and duration of each route. */
import { get } from '../../api/define-api.ts'
import { answer, integer, object, oneOf, optional } from '../../schema/shape.ts'
import type { Asked, ByName, Get } from './operations.ts'
import { attributes, name, ServiceName, timeMs, type WindowQuery, windowMs } from './query.ts'

export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary'

export interface MetricView {
  readonly name: string
  readonly kind: MetricKind
  readonly description: string
  /** As in UCUM, such as `s` and `By`; empty where none is said. */
  readonly unit: string
  readonly services: readonly string[]
  readonly series: number
  /** Names of the attributes that tell its series apart. */
  readonly attributes: readonly string[]
}

/** Columns for a plot: `times[i]` belongs to `values[i]` of each series. */
export interface RangeView {
  readonly metric: string
  readonly kind: MetricKind
  readonly unit: string
  /** What the values are: `rate` per second, `avg` per observation, a quantile in the metric's unit … */
  readonly aggregate: Aggregate
  readonly stepMs: number
  /** Ascending; milliseconds since the Unix epoch. */
  readonly times: readonly number[]
  /** At most 50, those with the largest values; `leftOut` says how many more there are. */
  readonly series: readonly RangeSeries[]
  readonly leftOut: number
}

export interface RangeSeries {
  readonly service: string
  /** What tells it apart from the others. */
  readonly labels: Readonly<Record<string, string>>
  /** Null where nothing was measured. */
  readonly values: readonly (number | null)[]
}

export type Aggregate = 'value' | 'rate' | 'avg' | 'p50' | 'p90' | 'p95' | 'p99'

/** Rate, errors and duration of one route, from its server spans. */
export interface RedRow {
  readonly service: string
  readonly method: string
  /** The pattern, such as `/orders/:id`; the span's name where it has no route. */
  readonly route: string
  readonly requests: number
  readonly perSecond: number
  readonly errorRatio: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

export interface RedRange {
  readonly stepMs: number
  readonly times: readonly number[]
  readonly perSecond: readonly number[]
  /** Null without requests, as the durations. */
  readonly errorRatio: readonly (number | null)[]
  readonly p50Ms: readonly (number | null)[]
  readonly p99Ms: readonly (number | null)[]
}

export interface MetricQuery {
  readonly service?: string | undefined
  /** `name=value`; may be given several times. */
  readonly attribute?: readonly string[] | undefined
  /** Adds series up that have the same value of this attribute. */
  readonly by?: string | undefined
  /** Default `rate` for counters, `value` for gauges, `p99` for histograms and summaries. */
  readonly aggregate?: Aggregate | undefined
  /** Default: 15 minutes before `toMs`. */
  readonly fromMs?: number | undefined
  /** Default now. */
  readonly toMs?: number | undefined
  /** Default: what makes about 180 steps. */
  readonly stepMs?: number | undefined
}

export interface RedQuery extends WindowQuery {
  /** One route of the service, with `route`; default: all. */
  readonly method?: string | undefined
  readonly route?: string | undefined
}

export type MetricsApi = {
  readonly listMetrics: Get<
    '/api/metrics',
    { readonly metrics: readonly MetricView[] },
    Asked<'query', { readonly service?: string | undefined }>
  >
  /** 404 `UNKNOWN_METRIC`. */
  readonly readMetric: Get<'/api/metrics/:name', RangeView, ByName & Asked<'query', MetricQuery>>
  /** Default window: five minutes. Those with the most requests first. */
  readonly listRed: Get<
    '/api/red',
    { readonly windowMs: number; readonly routes: readonly RedRow[] },
    Asked<'query', WindowQuery & { readonly service?: string | undefined }>
  >
  /** One service. Default window: fifteen minutes. */
  readonly readRed: Get<'/api/red/:name', RedRange, ByName & Asked<'query', RedQuery>>
}

export const metricsApi: MetricsApi = {
  listMetrics: get('/api/metrics', { query: object({ service: optional(name) }), responses: { 200: answer() } }),
  readMetric: get('/api/metrics/:name', {
    params: ServiceName,
    query: object({
      service: optional(name),
      attribute: attributes,
      by: optional(name),
      aggregate: optional(oneOf('value', 'rate', 'avg', 'p50', 'p90', 'p95', 'p99')),
      fromMs: timeMs,
      toMs: timeMs,
      stepMs: optional(integer({ min: 1_000, max: 3_600_000 })),
    }),
    responses: { 200: answer() },
  }),
  listRed: get('/api/red', { query: object({ service: optional(name), windowMs }), responses: { 200: answer() } }),
  readRed: get('/api/red/:name', {
    params: ServiceName,
    query: object({ method: optional(name), route: optional(name), windowMs }),
    responses: { 200: answer() },
  }),
}
