/**
 * PrometheusSource: what has been recorded of objectives, asked of a Prometheus.
 *
 *   readings   requests and bad ones over a window, for a gate            gateQueries ─▶ /api/v1/query
 *   budgets    what is left of the period's budget, and burn rates        of what recordingRules record
 */
import { HttpClient } from '../client/http-client.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { HeaderList } from '../wire/headers.ts'
import { burnRateOf } from './error-budget.ts'
import type { SloReading } from './gate.ts'
import { type GateQueryOptions, gateQueries, type QuerySeries, queryValue, queryVector } from './gate-readings.ts'
import { budgetRemaining } from './internal/series.ts'
import type { Objective } from './objective.ts'

export interface PrometheusSourceOptions {
  /** Base URL, such as `http://prometheus:9090`; a path in it comes before `/api/v1`. */
  readonly url: string
  /** Sent as bearer token, for a Prometheus that stands behind one. */
  readonly token?: string
  /** For one query, in milliseconds; default 5,000. */
  readonly timeoutMs?: number
}

/** Of the period that the rules compute, over all processes. */
export interface PeriodBudget {
  readonly objective: string
  /** Share of the budget of 30 days that is left; absent until it is recorded. */
  readonly remaining?: number
  /** By window, such as `5m` and `3d`; a window without requests is not there. */
  readonly burnRates: Readonly<Record<string, number>>
}

export class PrometheusSource {
  readonly #http: HttpClient
  readonly #url: string
  readonly #token: string | undefined

  constructor({ url, token, timeoutMs = 5_000 }: PrometheusSourceOptions) {
    this.#http = new HttpClient({ timeoutMs })
    this.#url = url.replace(/\/+$/, '')
    this.#token = token
  }

  /** The whole answer to an instant query. @throws ServiceError `PROMETHEUS_FAILED`, or as `HttpClient`. */
  async query(expr: string): Promise<unknown> {
    const headers = new HeaderList()
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`)
    const answer = await this.#http.request(`${this.#url}/api/v1/query?query=${encodeURIComponent(expr)}`, { headers })
    const text = await answer.text()
    // Its own refusals are JSON too and say what is wrong with the query.
    if (answer.headers.get('content-type')?.includes('json') !== true) throw notPrometheus(answer.status)
    return JSON.parse(text)
  }

  /** For `gate()`. Where nothing was counted there is no reading. @throws as `query`, and `BAD_QUERY_RESULT`. */
  async readings(objectives: readonly Objective[], options: GateQueryOptions = {}): Promise<SloReading[]> {
    const all = await Promise.all(
      gateQueries(objectives, options).map(async ({ objective, requests, failures, budgetRemaining: left }) => {
        const values = await Promise.all(
          [requests, failures, left].map(async (expr) => queryValue(await this.query(expr))),
        )
        const [counted, bad = 0, remaining] = values
        if (counted === undefined) return []
        return [
          {
            objective,
            requests: counted,
            failures: bad,
            ...(remaining !== undefined && { budgetRemaining: remaining }),
          },
        ]
      }),
    )
    return all.flat()
  }

  /** In the order of the objectives, which are of one service. @throws as `readings`. */
  async budgets(objectives: readonly Objective[]): Promise<PeriodBudget[]> {
    const [first] = objectives
    if (first === undefined) return []
    const matcher = `service="${first.service}"`
    const [left, ratios] = await Promise.all([
      this.query(`${budgetRemaining}{${matcher}}`).then(queryVector),
      this.query(`{__name__=~"slo:error_ratio:rate.+",${matcher}}`).then(queryVector),
    ])
    return objectives.map((objective) => budgetOf(objective, left, ratios))
  }

  close(): void {
    this.#http.close()
  }
}

function budgetOf(objective: Objective, left: readonly QuerySeries[], ratios: readonly QuerySeries[]): PeriodBudget {
  const own = ({ labels }: QuerySeries): boolean => labels.slo === objective.name
  const remaining = left.find(own)?.value
  const burnRates = ratios.filter(own).map(({ labels, value }) => {
    const [, window = ''] = /:rate(\w+)$/.exec(labels.__name__ ?? '') ?? []
    return [window, burnRateOf(value, objective)] as const
  })
  return {
    objective: objective.name,
    ...(remaining !== undefined && { remaining }),
    burnRates: Object.fromEntries(burnRates),
  }
}

function notPrometheus(status: number): ServiceError {
  return new ServiceError(
    'PROMETHEUS_FAILED',
    `What was asked as Prometheus answered ${status}, and not in JSON: is the URL right, and does something stand in front of it?`,
    { status: 502 },
  )
}
