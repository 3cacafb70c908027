/**
 * HealthRegistry: asks the parts of a service how they are, without letting probes become a load on them.
 *
 *   probe ─▶ answer of less than `cacheMs` ago? ──yes──▶ it
 *              └─no─▶ somebody asking already? ──yes──▶ wait with them
 *                        └─no─▶ all checks at once, each bounded ─▶ keep the answer
 */
import { bounded } from '../foundation/clock/bounded.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { HealthCheck } from './health-check.ts'
import { overall, type ReportedHealth } from './health-report.ts'

export interface HealthRegistryOptions {
  clock?: Clock
  /** How long an answer is good, in milliseconds; default 1,000. At 0 every probe reaches every dependency. */
  cacheMs?: number
}

type Components = Readonly<Record<string, ReportedHealth>>

export class HealthRegistry {
  readonly #checks = new Map<string, HealthCheck>()
  readonly #clock: Clock
  readonly #cacheMs: number
  #answer: Components | undefined
  #answeredMs = 0
  #asking: Promise<Components> | undefined
  /** Checks that went on after their time was over: asking again would only pile up more of them. */
  readonly #hanging = new Set<HealthCheck>()

  constructor({ clock = systemClock, cacheMs = 1_000 }: HealthRegistryOptions = {}) {
    this.#clock = clock
    this.#cacheMs = cacheMs
  }

  /** @throws ServiceError `DUPLICATE_CHECK` if the name is taken. Returns the check's removal. */
  add(check: HealthCheck): () => void {
    if (this.#checks.has(check.name)) {
      throw new ServiceError('DUPLICATE_CHECK', `There are two health checks named '${check.name}'; rename one.`)
    }
    this.#checks.set(check.name, check)
    this.#answer = undefined
    return () => {
      this.#checks.delete(check.name)
      this.#answer = undefined
    }
  }

  /** How every part is, by name. It never fails and is bounded by the longest time-out. */
  components(): Promise<Components> {
    if (this.#answer !== undefined && this.#clock.monotonic() - this.#answeredMs < this.#cacheMs) {
      return Promise.resolve(this.#answer)
    }
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Whether a critical part is down. */
  async isDown(): Promise<boolean> {
    return overall(Object.values(await this.components())) === 'DOWN'
  }

  async #ask(): Promise<Components> {
    const checks = [...this.#checks.values()]
    const answers = await Promise.all(checks.map((check) => this.#askOne(check)))
    const components = Object.fromEntries(checks.map((check, at) => [check.name, answers[at] as ReportedHealth]))
    this.#answer = components
    this.#answeredMs = this.#clock.monotonic()
    return components
  }

  async #askOne(check: HealthCheck): Promise<ReportedHealth> {
    const { critical = true, timeoutMs = 2_000 } = check
    const startedMs = this.#clock.monotonic()
    const health = await this.#bounded(check, timeoutMs)
    return { ...health, latencyMs: Math.round(this.#clock.monotonic() - startedMs), critical }
  }

  async #bounded(check: HealthCheck, timeoutMs: number): Promise<ComponentHealth> {
    if (this.#hanging.has(check)) return { status: 'DOWN', error: 'an earlier check has not come back' }
    const overdue = (): Error => {
      this.#hanging.add(check)
      return new Error(`no answer within ${timeoutMs} ms`)
    }
    try {
      return await bounded(this.#clock, timeoutMs, (signal) => this.#run(check, signal), overdue)
    } catch (error) {
      return { status: 'DOWN', error: error instanceof Error ? error.message : 'the check failed' }
    }
  }

  async #run(check: HealthCheck, signal: AbortSignal): Promise<ComponentHealth> {
    try {
      return await check.check(signal)
    } finally {
      this.#hanging.delete(check)
    }
  }
}
