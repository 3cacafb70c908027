/**
 * metrics: rate, errors and duration of every route.
 *
 *   http_requests_total{method,route,status}            http_requests_in_flight
 *   http_request_duration_seconds{method,route}
 *
 * Labels come from the route's pattern, so their variety is bounded; what no route answers counts as `unmatched`.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { HttpContext } from '../http/context.ts'
import { type Middleware, nextThen } from '../http/middleware.ts'
import type { RouteInfo } from '../http/route.ts'
import type { Counter, CounterSeries, Histogram, HistogramSeries, Meter } from '../telemetry/meter.ts'

export interface MetricsOptions {
  meter: Meter
  clock?: Clock
}

/** A method is any token that a client makes up; only these become a label. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function metrics({ meter, clock = systemClock }: MetricsOptions): Middleware {
  const instruments = new RequestInstruments(meter)
  const inFlight = meter.gauge({ name: 'http_requests_in_flight', help: 'Requests that are being answered.' })

  return function metrics(c, next) {
    const series = instruments.seriesOf(c)
    const startedMs = clock.monotonic()
    inFlight.add(1)
    const record = (status: number): void => {
      inFlight.add(-1)
      series.duration.observe((clock.monotonic() - startedMs) / 1_000)
      series.answered(status).add()
    }
    const recordFailure = (error: unknown): never => {
      record(500)
      throw error
    }
    try {
      const reply = nextThen(next, ({ status }) => record(status))
      return reply instanceof Promise ? reply.catch(recordFailure) : reply
    } catch (error) {
      return recordFailure(error)
    }
  }
}

class RequestInstruments {
  readonly #requests: Counter<'method' | 'route' | 'status'>
  readonly #durations: Histogram<'method' | 'route'>
  readonly #byRoute = new WeakMap<RouteInfo, Map<string, RouteSeries>>()
  readonly #unmatched = new Map<string, RouteSeries>()

  constructor(meter: Meter) {
    this.#requests = meter.counter({
      name: 'http_requests_total',
      help: 'Requests answered, by method, route and status.',
      labels: ['method', 'route', 'status'],
    })
    this.#durations = meter.histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the head of a request to the head of its answer, by method and route.',
      labels: ['method', 'route'],
    })
  }

  seriesOf(c: HttpContext): RouteSeries {
    const { route } = c
    const byMethod = route === undefined ? this.#unmatched : this.#methodsOf(route)
    const method = knownMethods.has(c.method) ? c.method : 'other'
    let series = byMethod.get(method)
    if (series === undefined) {
      series = new RouteSeries(method, route?.path ?? 'unmatched', this.#requests, this.#durations)
      byMethod.set(method, series)
    }
    return series
  }

  #methodsOf(route: RouteInfo): Map<string, RouteSeries> {
    let byMethod = this.#byRoute.get(route)
    if (byMethod === undefined) {
      byMethod = new Map()
      this.#byRoute.set(route, byMethod)
    }
    return byMethod
  }
}

/** The series of one method and route, found once and kept. */
class RouteSeries {
  readonly duration: HistogramSeries
  readonly #method: string
  readonly #route: string
  readonly #requests: Counter<'method' | 'route' | 'status'>
  readonly #byStatus = new Map<number, CounterSeries>()

  constructor(
    method: string,
    route: string,
    requests: Counter<'method' | 'route' | 'status'>,
    durations: Histogram<'method' | 'route'>,
  ) {
    this.#method = method
    this.#route = route
    this.#requests = requests
    this.duration = durations.labels({ method, route })
  }

  answered(status: number): CounterSeries {
    let series = this.#byStatus.get(status)
    if (series === undefined) {
      series = this.#requests.labels({ method: this.#method, route: this.#route, status: String(status) })
      this.#byStatus.set(status, series)
    }
    return series
  }
}
