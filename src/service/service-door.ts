/**
 * ServiceDoor: what operators see of the door: metrics, a part of `/health`, and a line in the log for each episode.
 *
 *   turned away ─▶ counted ─▶ the first for a while: warn      none for a while: info, with how many and for how long
 */
import type { Clock } from '../foundation/clock/clock.ts'
import type { ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { AdmissionView, SheddingOptions, TurnedAwayNews } from '../http/shedding.ts'
import { requestCounter } from '../middleware/metrics.ts'
import type { Priority } from '../resilience/overload/priority.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'

export interface ServiceDoorOptions {
  readonly shedding: SheddingOptions
  /** The door, once there is one. */
  readonly view: () => AdmissionView | undefined
  /** Whether requests are counted; then those that are turned away are, too. */
  readonly countsRequests: boolean
  readonly meter: Meter
  readonly log: Logger
  readonly clock: Clock
}

/** So long after the last request was turned away the episode is over. */
const quietMs = 5_000

export class ServiceDoor {
  /** For the app. */
  readonly shedding: SheddingOptions
  readonly #options: ServiceDoorOptions
  readonly #count: (news: TurnedAwayNews) => void
  #episode: { readonly sinceMs: number; turnedAway: number; lastMs: number } | undefined

  constructor(options: ServiceDoorOptions) {
    const { shedding, meter } = options
    this.#options = options
    const waits = meter.histogram({
      name: 'http_admission_wait_seconds',
      help: 'Time at the door of requests that could not begin at once, by priority.',
      labels: ['priority'],
    })
    this.#count = counterOf(options)
    this.#showView()
    this.shedding = {
      ...shedding,
      onWaited: (waitedMs: number, priority: Priority) => {
        waits.labels({ priority }).observe(waitedMs / 1_000)
        shedding.onWaited?.(waitedMs, priority)
      },
      onTurnedAway: (news) => {
        this.#turnedAway(news)
        shedding.onTurnedAway?.(news)
      },
    }
  }

  /** It is no fault of the service that too much is asked of it, but whoever looks must see it. */
  health(): ComponentHealth {
    const view = this.#options.view()
    if (view === undefined) return { status: 'UP' }
    const { waiting, isOverloaded, serviceMs, maxWaitMs } = view
    const details = { waiting, serviceMs: rounded(serviceMs), maxWaitMs: rounded(maxWaitMs) }
    if (!isOverloaded) return { status: 'UP', details }
    return { status: 'DEGRADED', error: 'More is asked than can be done; requests are turned away.', details }
  }

  #showView(): void {
    const { meter, view } = this.#options
    let told = 0
    meter.counter({
      name: 'http_admission_admitted_total',
      help: 'Requests that were let in.',
      collect(counter) {
        const admitted = view()?.admitted ?? 0
        counter.add(admitted - told)
        told = admitted
      },
    })
    const gauges: Record<string, { help: string; of: (view: AdmissionView) => number }> = {
      http_admission_waiting: { help: 'Requests that wait at the door.', of: ({ waiting }) => waiting },
      http_admission_overloaded: {
        help: '1 while more is asked than can be done.',
        of: ({ isOverloaded }) => Number(isOverloaded),
      },
      http_admission_wait_limit_seconds: {
        help: 'How long a request of normal priority may wait at the door.',
        of: ({ maxWaitMs }) => maxWaitMs / 1_000,
      },
      http_admission_service_seconds: {
        help: 'How long a request holds the thread, on average.',
        of: ({ serviceMs }) => serviceMs / 1_000,
      },
    }
    for (const [name, { help, of }] of Object.entries(gauges)) {
      const aggregation = name === 'http_admission_waiting' ? 'sum' : 'max'
      meter.gauge({
        name,
        help,
        aggregation,
        collect(gauge) {
          const now = view()
          gauge.set(now === undefined ? 0 : of(now))
        },
      })
    }
  }

  #turnedAway(news: TurnedAwayNews): void {
    this.#count(news)
    if (news.reason === 'deadline') return
    const nowMs = this.#options.clock.monotonic()
    this.#episode ??= this.#begin(nowMs)
    this.#episode.turnedAway++
    this.#episode.lastMs = nowMs
  }

  #begin(nowMs: number) {
    const { log, view } = this.#options
    log.warn('more is asked than can be done; requests are turned away', {
      waiting: view()?.waiting,
      request_ms: rounded(view()?.serviceMs ?? 0),
    })
    this.#look(quietMs)
    return { sinceMs: nowMs, turnedAway: 0, lastMs: nowMs }
  }

  #look(delayMs: number): void {
    const { clock, log } = this.#options
    clock.schedule(delayMs, () => {
      const episode = this.#episode
      if (episode === undefined) return
      const leftMs = episode.lastMs + quietMs - clock.monotonic()
      if (leftMs > 0) return this.#look(leftMs)
      this.#episode = undefined
      log.info('requests are no longer turned away', {
        turned_away: episode.turnedAway,
        duration_ms: Math.round(episode.lastMs - episode.sinceMs),
      })
    })
  }
}

function counterOf({ meter, countsRequests }: ServiceDoorOptions): (news: TurnedAwayNews) => void {
  const shed = meter.counter({
    name: 'http_admission_shed_total',
    help: 'Requests that were turned away before anything was done for them, by reason and priority.',
    labels: ['reason', 'priority'],
  })
  // They were asked for and not served: an objective that did not count them would be met under any overload.
  const requests = countsRequests ? requestCounter(meter) : undefined
  return ({ reason, priority, method, route = 'unmatched', status }) => {
    shed.labels({ reason, priority }).add()
    requests?.(method, route, status).add()
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
