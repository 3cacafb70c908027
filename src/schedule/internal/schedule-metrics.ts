/** ScheduleMetrics: how runs end, how long they take, when the last one was and when the next one is. */
import type { Counter, Gauge, Histogram, Meter } from '../../telemetry/meter.ts'

/** `interrupted`: the service ended; `lost`: another process took over. */
export type ObservedOutcome = 'ok' | 'failed' | 'timeout' | 'interrupted' | 'lost'
export type PassedReason = 'missed' | 'overlap'

export class ScheduleMetrics {
  readonly #duration: Histogram<'job' | 'outcome'> | undefined
  readonly #passed: Counter<'job' | 'reason'> | undefined
  readonly #last: Gauge<'job'> | undefined
  readonly #lastOk: Gauge<'job'> | undefined
  readonly #next: Gauge<'job'> | undefined
  readonly #running: Gauge<'job'> | undefined
  readonly #passedTicks = new Map<string, Record<PassedReason, number>>()

  constructor(meter: Meter | undefined) {
    this.#duration = meter?.histogram({
      name: 'schedule_run_duration_seconds',
      help: 'Time of one run of a job, with its retries.',
      labels: ['job', 'outcome'],
      buckets: [0.01, 0.1, 1, 10, 60, 300, 1_800, 7_200],
    })
    this.#passed = meter?.counter({
      name: 'schedule_ticks_passed_total',
      help: 'Ticks of a job that were not run: missed, overlap.',
      labels: ['job', 'reason'],
    })
    this.#last = meter?.gauge({
      name: 'schedule_last_run_timestamp_seconds',
      help: 'When the last run of this process ended.',
      labels: ['job'],
      aggregation: 'max',
    })
    this.#lastOk = meter?.gauge({
      name: 'schedule_last_success_timestamp_seconds',
      help: 'When the last run of this process ended well.',
      labels: ['job'],
      aggregation: 'max',
    })
    this.#next = meter?.gauge({
      name: 'schedule_next_run_timestamp_seconds',
      help: 'The next tick of the job.',
      labels: ['job'],
      aggregation: 'min',
    })
    this.#running = meter?.gauge({
      name: 'schedule_running',
      help: 'Runs that are under way in this process.',
      labels: ['job'],
    })
  }

  began(job: string): void {
    this.#running?.labels({ job }).add(1)
  }

  ended(job: string, outcome: ObservedOutcome, tookMs: number, nowMs: number): void {
    this.#running?.labels({ job }).add(-1)
    this.#duration?.labels({ job, outcome }).observe(tookMs / 1_000)
    this.#last?.labels({ job }).set(nowMs / 1_000)
    if (outcome === 'ok') this.#lastOk?.labels({ job }).set(nowMs / 1_000)
  }

  passed(job: string, reason: PassedReason, ticks: number): void {
    this.#passed?.labels({ job, reason }).add(ticks)
    const known = this.passedTicks(job)
    this.#passedTicks.set(job, { ...known, [reason]: known[reason] + ticks })
  }

  passedTicks(job: string): Readonly<Record<PassedReason, number>> {
    return this.#passedTicks.get(job) ?? { missed: 0, overlap: 0 }
  }

  next(job: string, tickMs: number): void {
    this.#next?.labels({ job }).set(tickMs / 1_000)
  }
}
