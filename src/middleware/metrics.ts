/**
 * metrics: rate, errors and duration of every route.
 *
 *   http_requests_total{method,route,status}            http_requests_in_flight
 *   http_request_duration_seconds{method,route}
 *
 * The buckets show the trace of a request that was kept (`exemplar`). Labels come from the route's pattern, so their variety is bounded; what no route answers counts as `unmatched`.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'
import { type Observer, observer } from '../http/observer.ts'
import type { Reply } from '../http/reply.ts'
import { exemplarOf } from '../telemetry/exemplar.ts'
import type { Counter, CounterSeries, Histogram, HistogramSeries, Meter } from '../telemetry/meter.ts'
import { currentSpan } from '../telemetry/tracer.ts'

export interface MetricsOptions {
  meter: Meter
  clock?: Clock
}

/** A method is any token that a client makes up; only these become a label. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function metrics({ meter, clock = systemClock }: MetricsOptions): Middleware {
  const instruments = requestInstruments(meter)
  const traffic = { inFlight: 0 }
  let toldInFlight = 0
  meter.gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that are being answered.',
    // Several apps may share the meter, so that each adds what has changed.
    collect(gauge) {
      gauge.add(traffic.inFlight - toldInFlight)
      toldInFlight = traffic.inFlight
    },
  })

  const shared = { traffic, instruments, clock }
  return observer<number>('metrics', (route) => new RouteMetrics(route?.path ?? 'unmatched', shared))
}

/** Counts requests that no layer saw, as those which it did. */
export function requestCounter(meter: Meter): (method: string, route: string, status: number) => CounterSeries {
  const { requests } = requestInstruments(meter)
  return (method, route, status) => requests.labels({ method: labelOf(method), route, status: String(status) })
}

function labelOf(method: string): string {
  return knownMethods.has(method) ? method : 'other'
}

interface RequestInstruments {
  readonly requests: Counter<'method' | 'route' | 'status'>
  readonly durations: Histogram<'method' | 'route'>
}

function requestInstruments(meter: Meter): RequestInstruments {
  return {
    requests: meter.counter({
      name: 'http_requests_total',
      help: 'Requests answered, by method, route and status.',
      labels: ['method', 'route', 'status'],
    }),
    durations: meter.histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the head of a request to the head of its answer, by method and route.',
      labels: ['method', 'route'],
    }),
  }
}

interface Shared {
  readonly traffic: { inFlight: number }
  readonly instruments: RequestInstruments
  readonly clock: Clock
}

interface AnswerSeries {
  /** As a label. */
  readonly method: string
  readonly status: number
  readonly duration: HistogramSeries
  readonly answered: CounterSeries
}

/** What is known of one route; the last series are at hand, since most know one method and answer with one status. */
class RouteMetrics implements Observer<number> {
  readonly #route: string
  readonly #shared: Shared
  readonly #known: AnswerSeries[] = []
  #last: AnswerSeries | undefined

  constructor(route: string, shared: Shared) {
    this.#route = route
    this.#shared = shared
  }

  enter({ context, receivedMs }: HttpContext): number {
    const { traffic, clock } = this.#shared
    traffic.inFlight++
    // The engine has read the time already, if it reads the same clock.
    return clock === systemClock && context.clock === systemClock ? receivedMs : clock.monotonic()
  }

  leave(c: HttpContext, { status }: Reply, startedMs: number): void {
    this.#record(c, status, startedMs)
  }

  fail(c: HttpContext, error: unknown, startedMs: number): never {
    this.#record(c, 500, startedMs)
    throw error
  }

  #record({ method, context }: HttpContext, status: number, startedMs: number): void {
    const { traffic, clock } = this.#shared
    traffic.inFlight--
    const seconds = (clock.monotonic() - startedMs) / 1_000
    let series = this.#last
    if (series === undefined || series.method !== method || series.status !== status) {
      series = this.#find(labelOf(method), status)
      this.#last = series
    }
    series.duration.observe(seconds, exemplarOf(context.get(currentSpan)))
    series.answered.add(1)
  }

  #find(method: string, status: number): AnswerSeries {
    const known = this.#known.find((series) => series.method === method && series.status === status)
    if (known !== undefined) return known
    const { requests, durations } = this.#shared.instruments
    const duration = durations.labels({ method, route: this.#route })
    const answered = requests.labels({ method, route: this.#route, status: String(status) })
    const series = { method, status, duration, answered }
    this.#known.push(series)
    return series
  }
}
