/** What a cache says about itself. */
import type { Counter, CounterSeries, Gauge, Histogram, Meter } from '../../telemetry/meter.ts'

export type Outcome = 'hit' | 'near' | 'negative' | 'stale' | 'pending' | 'miss'

export interface RegionMetrics {
  asked(outcome: Outcome): void
  loaded(tookMs: number, outcome: 'ok' | 'absent' | 'failed'): void
  pending(count: number): void
  saved(outcome: 'ok' | 'failed', count: number): void
}

export class CacheMetrics {
  readonly #cache: string
  readonly #requests: Counter<'cache' | 'region' | 'outcome'> | undefined
  readonly #loads: Histogram<'cache' | 'region' | 'outcome'> | undefined
  readonly #pending: Gauge<'cache' | 'region'> | undefined
  readonly #saves: Counter<'cache' | 'region' | 'outcome'> | undefined
  readonly #fallbacks: CounterSeries | undefined
  readonly #forgotten: CounterSeries | undefined
  readonly #up: Gauge<'cache'> | undefined

  constructor(cache: string, meter: Meter | undefined) {
    this.#cache = cache
    const labels = ['cache', 'region', 'outcome'] as const
    this.#requests = meter?.counter({
      name: 'cache_requests_total',
      help: 'Values asked for, by how they were found.',
      labels,
    })
    this.#loads = meter?.histogram({
      name: 'cache_load_duration_seconds',
      help: 'Time to load what was not cached.',
      labels,
    })
    this.#saves = meter?.counter({ name: 'cache_writes_behind_total', help: 'Changes saved after the fact.', labels })
    this.#pending = meter?.gauge({
      name: 'cache_writes_pending',
      help: 'Changes that are in the cache and not saved yet.',
      labels: ['cache', 'region'],
    })
    this.#up = meter?.gauge({
      name: 'cache_store_up',
      help: 'Whether the shared store answers; 0: this process caches by itself.',
      labels: ['cache'],
      aggregation: 'min',
    })
    const counter = (name: string, help: string): CounterSeries | undefined =>
      meter?.counter({ name, help, labels: ['cache'] }).labels({ cache })
    this.#fallbacks = counter(
      'cache_fallbacks_total',
      'Calls that the local store answered, because the shared one is down.',
    )
    this.#forgotten = counter(
      'cache_deletions_lost_total',
      'Deletions that were forgotten while the shared store was down.',
    )
    this.up(true)
  }

  up(isUp: boolean): void {
    this.#up?.labels({ cache: this.#cache }).set(isUp ? 1 : 0)
  }

  fellBack(): void {
    this.#fallbacks?.add()
  }

  forgot(): void {
    this.#forgotten?.add()
  }

  region(region: string): RegionMetrics {
    const cache = this.#cache
    const series = new Map<string, CounterSeries>()
    const requests = this.#requests
    return {
      asked(outcome) {
        if (requests === undefined) return
        let one = series.get(outcome)
        if (one === undefined) {
          one = requests.labels({ cache, region, outcome })
          series.set(outcome, one)
        }
        one.add()
      },
      loaded: (tookMs, outcome) => this.#loads?.labels({ cache, region, outcome }).observe(tookMs / 1_000),
      pending: (count) => this.#pending?.labels({ cache, region }).set(count),
      saved: (outcome, count) => this.#saves?.labels({ cache, region, outcome }).add(count),
    }
  }
}
