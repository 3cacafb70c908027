/**
 * Upstream: one service that is called, with everything that is known of it.
 *
 *   call ─▶ policies (retry, breaker, …) ─▶ a place by its load ─▶ HttpClient: faults, if any are injected, connection ─▶ answer
 *                 │                              ▲    │
 *                 └── key: the operation         │    └─ latency and failures
 *                                            AddressBook ◀─ Resolver
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { AdaptiveBreaker } from '../resilience/adaptive-breaker.ts'
import { Breaker } from '../resilience/breaker.ts'
import { type CallScope, type Onion, type Policy, policy } from '../resilience/policy.ts'
import { recordEvents } from '../resilience/record-events.ts'
import { RefusedError } from '../resilience/refused-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { currentSpan } from '../telemetry/tracer.ts'
import { AddressBook } from './address-book.ts'
import { Balancer, type BalancingOptions, type PlaceView } from './balancer.ts'
import { type AnyBreakerView, measureBreakers } from './breaker-metrics.ts'
import type { PoolView } from './connection-pool.ts'
import { defaultPolicies } from './default-policies.ts'
import type { HttpClient } from './http-client.ts'
import type { Place } from './place.ts'
import type { Addresses } from './resolver.ts'
import { type CallOutcome, OperationSeries } from './upstream-metrics.ts'
import { UpstreamNews } from './upstream-news.ts'

export interface UpstreamOptions {
  /**
   * Policies around each call, the first one outermost. Default: `defaultPolicies()`. Their key is the operation's name.
   * `fallback` and `lastGood` belong around one call and its arguments, not here.
   */
  readonly policies?: readonly Policy[]
  readonly balancing?: BalancingOptions
  /** How old addresses may get before they are asked for anew, in milliseconds; default 5,000. */
  readonly refreshMs?: number
  /** Balances over all addresses that a host name has, as headless services of Kubernetes need it. Default false. */
  readonly lookUpAll?: boolean
  readonly meter?: Meter
  readonly log?: Logger
  readonly clock?: Clock
}

export interface UpstreamParts extends UpstreamOptions {
  readonly name: string
  readonly ask: () => Addresses | Promise<Addresses>
  readonly http: HttpClient
}

/** One call, as policies and balancing see it. */
export interface UpstreamCall<T> {
  readonly operation: string
  readonly idempotent: boolean
  readonly context: Context
  /** One attempt. It throws for an answer that says that the service fails. */
  readonly attempt: (place: Place, scope: CallScope) => Promise<T>
}

/** The state of a service that is called, for people and dashboards; JSON. */
export interface UpstreamView {
  readonly upstream: string
  readonly addresses: readonly PlaceView[]
  readonly breakers: readonly AnyBreakerView[]
  readonly connections: readonly PoolView[]
}

export class Upstream {
  readonly name: string
  readonly http: HttpClient
  readonly #clock: Clock
  readonly #meter: Meter | undefined
  readonly #policies: readonly Policy[]
  readonly #onion: Onion
  readonly #book: AddressBook
  readonly #balancer: Balancer
  readonly #news: UpstreamNews
  readonly #series = new Map<string, OperationSeries>()

  constructor({ name, ask, http, clock = systemClock, meter, log = noopLogger, ...options }: UpstreamParts) {
    const { policies = defaultPolicies({ upstream: name, clock }), balancing, refreshMs = 5_000 } = options
    this.name = name
    this.http = http
    this.#clock = clock
    this.#meter = meter
    this.#policies = policies
    this.#onion = policy(...policies)
    this.#news = new UpstreamNews(log, name, clock)
    this.#onion.onEvent((event) => this.#news.policyEvent(event))
    if (meter !== undefined) this.#measure(meter)
    this.#balancer = new Balancer(balancing)
    this.#book = new AddressBook({
      ask,
      refreshMs,
      clock,
      lookUp: options.lookUpAll === true ? lookUpAll : undefined,
      changed: (places) => this.#moved(places),
      failed: (error) => this.#news.addressesFailed(error),
    })
  }

  /** @throws what the attempt throws, or what a policy throws instead; `SERVICE_UNKNOWN` where there is no address. */
  async call<T>({ operation, idempotent, context, attempt }: UpstreamCall<T>): Promise<T> {
    const startedMs = this.#clock.monotonic()
    let avoided: Place | undefined
    const series = this.#seriesOf(operation)
    const one = async (_: Context, scope: CallScope): Promise<T> => {
      const waiting = this.#book.ready()
      if (waiting !== undefined) await waiting
      const beganMs = this.#clock.monotonic()
      const load = this.#balancer.begin(beganMs, scope.attempt > 1 ? avoided : undefined)
      try {
        const result = await attempt(load.host, scope)
        this.#balancer.succeeded(load, beganMs, this.#clock.monotonic())
        return result
      } catch (error) {
        avoided = load.host
        if (this.#balancer.failed(load, error, beganMs, this.#clock.monotonic())) this.#news.ejected(load.host, error)
        throw error
      }
    }
    try {
      const result = await this.#onion(one, { key: operation, idempotent, context })
      this.#news.succeeded(operation)
      series?.called('ok', (this.#clock.monotonic() - startedMs) / 1_000, context.get(currentSpan))
      return result
    } catch (error) {
      series?.called(callOutcomeOf(error), (this.#clock.monotonic() - startedMs) / 1_000, context.get(currentSpan))
      throw error
    }
  }

  /** A request of an attempt was answered, or failed with this code. */
  attempted(operation: string, status: number | string): void {
    const series = this.#seriesOf(operation)
    if (typeof status === 'number') series?.answered(status)
    else series?.attemptFailed(status)
  }

  /** Looks the addresses up and opens `count` connections to each. */
  async preconnect(count: number = 1): Promise<void> {
    await this.#book.ready()
    await Promise.all(this.#book.places.map(({ endpoint }) => this.http.preconnectTo(endpoint, count)))
  }

  view(): UpstreamView {
    return {
      upstream: this.name,
      addresses: this.#balancer.view(this.#clock.monotonic()),
      breakers: this.#breakerViews(),
      connections: this.http.stats(),
    }
  }

  /** Closes connections that are kept; calls under way end first. */
  close(): void {
    this.http.close()
  }

  #breakerViews(): AnyBreakerView[] {
    const breakers = this.#policies.filter((each) => each instanceof Breaker || each instanceof AdaptiveBreaker)
    return breakers.flatMap((each): AnyBreakerView[] => each.states())
  }

  #moved(places: readonly Place[]): void {
    this.#balancer.update(places, this.#clock.monotonic())
    this.#news.moved(places)
  }

  #seriesOf(operation: string): OperationSeries | undefined {
    if (this.#meter === undefined) return undefined
    let series = this.#series.get(operation)
    if (series === undefined) {
      series = new OperationSeries(this.#meter, this.name, operation)
      this.#series.set(operation, series)
    }
    return series
  }

  #measure(meter: Meter): void {
    const { name: upstream } = this
    this.#onion.onEvent(recordEvents(meter))
    measureBreakers(meter, upstream, () => this.#breakerViews())
    meter.gauge({
      name: 'client_connections',
      help: 'Connections to other services, by service and whether they are used, idle or being opened.',
      labels: ['upstream', 'state'],
      collect: (gauge) => {
        const total = { used: 0, idle: 0, opening: 0 }
        for (const { used, idle, opening } of this.http.stats()) {
          total.used += used
          total.idle += idle
          total.opening += opening
        }
        for (const state of ['used', 'idle', 'opening'] as const) gauge.labels({ upstream, state }).set(total[state])
      },
    })
    meter.gauge({
      name: 'client_waiting_calls',
      help: 'Calls to other services that wait for a connection, by service.',
      labels: ['upstream'],
      collect: (gauge) => {
        const waiting = this.http.stats().reduce((sum, host) => sum + host.waiting, 0)
        gauge.labels({ upstream }).set(waiting)
      },
    })
  }
}

function callOutcomeOf(error: unknown): CallOutcome {
  if (error instanceof RefusedError) return 'refused'
  return error instanceof ServiceError && error.status === 499 ? 'cancelled' : 'error'
}

async function lookUpAll(host: string): Promise<readonly string[]> {
  const { lookUpHost } = await import('../platform/look-up-host.ts')
  return lookUpHost(host)
}
