/**
 * ScheduleComponent: the jobs of a service, for `/schedule` and `/health`, where it has some.
 *
 *   service.schedule() ─▶ noted ─▶ start: the schedule is loaded, cron and store with it ─▶ ticks ─▶ drain
 */
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { Job, JobOptions } from '../schedule/job-options.ts'
import type { Schedule, ScheduleOptions } from '../schedule/schedule.ts'
import type { ScheduleView } from '../schedule/schedule-view.ts'

interface DeclaredJob {
  readonly cron: string
  readonly job: Job
  readonly options: JobOptions
}

export class ScheduleComponent implements Component {
  readonly name = 'schedule'
  readonly #options: ScheduleOptions
  readonly #jobs: DeclaredJob[] = []
  #schedule: Schedule | undefined

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  add(job: DeclaredJob): void {
    this.#jobs.push(job)
  }

  get names(): readonly string[] {
    return this.#jobs.map(({ options }) => options.name)
  }

  /** @throws ServiceError `BAD_SCHEDULE`; what the store throws. */
  async start(): Promise<void> {
    const { createSchedule } = await import('../schedule/schedule.ts')
    const schedule = createSchedule(this.#options)
    for (const { cron, job, options } of this.#jobs) schedule.add(cron, job, options)
    await schedule.start()
    this.#schedule = schedule
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#schedule?.drain(signal)
  }

  async stop(): Promise<void> {
    await this.#schedule?.stop()
  }

  health(): ComponentHealth {
    return this.#schedule?.health() ?? { status: 'UP' }
  }

  /** Undefined where another process runs the jobs. */
  async view(): Promise<ScheduleView | undefined> {
    return this.#schedule?.view()
  }
}
