/**
 * Lifecycle: one ordered list of components.
 *
 *   start   first → last      one fails → those started are stopped in reverse, the failure is thrown
 *   stop    drain: last → first, then stop: last → first, each bounded by what is left of the deadline
 *
 *   idle ─start─▶ starting ─▶ started ─stop─▶ stopping ─▶ stopped
 *                     └─failure─▶ stopping ─▶ stopped
 */
import { bounded } from '../clock/bounded.ts'
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { ServiceError } from '../errors/service-error.ts'
import type { Component, ComponentHealth } from './component.ts'

export type LifecycleState = 'idle' | 'starting' | 'started' | 'stopping' | 'stopped'

export interface LifecycleOptions {
  clock?: Clock
  /** Longest time for one health check before it counts as `DOWN`. */
  healthTimeoutMs?: number
}

/** What went wrong while stopping; stopping itself always goes on to the end. */
export interface StopFailure {
  readonly component: string
  readonly error: unknown
}

export class Lifecycle {
  readonly #components: Component[] = []
  readonly #started: Component[] = []
  readonly #clock: Clock
  readonly #healthTimeoutMs: number
  #state: LifecycleState = 'idle'
  #stopping: Promise<readonly StopFailure[]> | undefined

  constructor({ clock = systemClock, healthTimeoutMs = 2_000 }: LifecycleOptions = {}) {
    this.#clock = clock
    this.#healthTimeoutMs = healthTimeoutMs
  }

  get state(): LifecycleState {
    return this.#state
  }

  get components(): readonly Component[] {
    return this.#components
  }

  /** @throws ServiceError `DUPLICATE_COMPONENT` if the name is taken, `LIFECYCLE_STARTED` once started. */
  add(component: Component): void {
    if (this.#state !== 'idle') {
      throw new ServiceError(
        'LIFECYCLE_STARTED',
        `Component '${component.name}' was added after the start; add components before run().`,
      )
    }
    if (this.#components.some((existing) => existing.name === component.name)) {
      throw new ServiceError('DUPLICATE_COMPONENT', `There are two components named '${component.name}'; rename one.`)
    }
    this.#components.push(component)
  }

  /** Puts `component` in the place of the one with its name, as tests do before the start. */
  replace(component: Component): void {
    const index = this.#components.findIndex((existing) => existing.name === component.name)
    if (index === -1 || this.#state !== 'idle') {
      throw new ServiceError(
        'UNKNOWN_COMPONENT',
        `No component named '${component.name}' can be replaced; there are: ${this.#names()}.`,
      )
    }
    this.#components[index] = component
  }

  /** Starts all in order. @throws what the first failing component threw, after those before it were stopped. */
  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    this.#state = 'starting'
    for (const component of this.#components) {
      try {
        signal.throwIfAborted()
        await component.start?.(signal)
        this.#started.push(component)
      } catch (error) {
        await this.stop(failedStartGraceMs)
        throw error
      }
    }
    this.#state = 'started'
  }

  /**
   * Stops all in reverse within `graceMs` and returns what failed. Called again, it returns the first call's promise.
   * A component that does not answer in time is reported as `STOP_TIMEOUT` and left behind.
   */
  stop(graceMs: number): Promise<readonly StopFailure[]> {
    this.#stopping ??= this.#stopAll(graceMs)
    return this.#stopping
  }

  async #stopAll(graceMs: number): Promise<readonly StopFailure[]> {
    this.#state = 'stopping'
    const failures: StopFailure[] = []
    const deadlineMs = this.#clock.monotonic() + graceMs
    const reversed = this.#started.toReversed()
    for (const component of reversed) await this.#attempt(component, 'drain', deadlineMs, failures)
    for (const component of reversed) await this.#attempt(component, 'stop', deadlineMs, failures)
    this.#started.length = 0
    this.#state = 'stopped'
    return failures
  }

  async #attempt(
    component: Component,
    phase: 'drain' | 'stop',
    deadlineMs: number,
    failures: StopFailure[],
  ): Promise<void> {
    if (component[phase] === undefined) return
    const leftMs = Math.max(0, deadlineMs - this.#clock.monotonic())
    try {
      await bounded(
        this.#clock,
        leftMs,
        (signal) => component[phase]?.(signal),
        () => stopTimeout(component.name, phase, leftMs),
      )
    } catch (error) {
      failures.push({ component: component.name, error })
    }
  }

  /** Health of every component by name; each check is bounded, none can fail the call. */
  async health(): Promise<Record<string, ComponentHealth>> {
    const entries = await Promise.all(
      this.#components.map(async (component) => [component.name, await this.#healthOf(component)] as const),
    )
    return Object.fromEntries(entries)
  }

  async #healthOf(component: Component): Promise<ComponentHealth> {
    if (!this.#started.includes(component)) return { status: 'DOWN', error: 'not started' }
    if (component.health === undefined) return { status: 'UP' }
    const startedMs = this.#clock.monotonic()
    try {
      const health = await bounded(
        this.#clock,
        this.#healthTimeoutMs,
        (signal) => component.health?.(signal),
        () => new Error(`no answer within ${this.#healthTimeoutMs} ms`),
      )
      return { ...(health ?? { status: 'UP' }), latencyMs: this.#clock.monotonic() - startedMs }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { status: 'DOWN', error: message, latencyMs: this.#clock.monotonic() - startedMs }
    }
  }

  #names(): string {
    return this.#components.map((component) => `'${component.name}'`).join(', ')
  }
}

/** A failed start must not hang: what had started gets this long to stop. */
const failedStartGraceMs = 5_000

function stopTimeout(name: string, phase: string, leftMs: number): ServiceError {
  return new ServiceError('STOP_TIMEOUT', `Component '${name}' did not ${phase} within ${Math.round(leftMs)} ms.`)
}
