/**
 * ServiceRunner: keeps one service alive until it is told to stop.
 *
 *   launch ─▶ starting ─probe─▶ ready ─▶ (exit)
 *      ▲                                   ├─ stop() was called ──▶ stopped
 *      │                                   ├─ restart() was called ─┐          └─ resume() ─┐
 *      │                                   └─ by itself ─▶ crashed ─┤ after the back-off,   │
 *      │                                                            │ or restart()          │
 *      └────────────────────────────────────────────────────────────┴───────────────────────┘
 *
 * One loop owns the process; `restart`, `stop` and `resume` only say what should become of it.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import type { ProcessExit } from '../platform/processes.ts'
import type { ServiceSnapshot, ServiceState } from './event.ts'
import type { LaunchedProcess } from './launch.ts'
import { crashesInARow, restartDelayMs } from './restart-delay.ts'

export interface ServiceRunnerOptions {
  readonly name: string
  readonly url: string
  readonly adminUrl: string
  launch(): Promise<LaunchedProcess>
  /** Resolves when the service can serve; rejects when `signal` aborts. */
  untilReady(signal: AbortSignal): Promise<void>
  onChange(snapshot: ServiceSnapshot, note: string | undefined): void
  /** Time for a process to drain and end before it is killed. */
  readonly graceMs: number
  readonly clock: Clock
}

export class ServiceRunner {
  readonly name: string
  /** Resolves when the service is ready for the first time; it stays pending for one that never is. */
  readonly firstReady: Promise<void>
  readonly #options: ServiceRunnerOptions
  readonly #becameReady: () => void
  #state: ServiceState = 'waiting'
  #process: LaunchedProcess | undefined
  #living: Promise<void> | undefined
  #isWanted = true
  #isLooping = false
  #isRestarting = false
  #backOff: AbortController | undefined
  #crashes = 0
  #launches = 0
  #lastExit: string | undefined

  constructor(options: ServiceRunnerOptions) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.name = options.name
    this.firstReady = promise
    this.#becameReady = resolve
    this.#options = options
  }

  get snapshot(): ServiceSnapshot {
    return {
      name: this.name,
      state: this.#state,
      pid: this.#process?.pid,
      url: this.#options.url,
      adminUrl: this.#options.adminUrl,
      restarts: Math.max(0, this.#launches - 1),
      lastExit: this.#lastExit,
    }
  }

  /** Launches the service and from now on keeps it alive. Does nothing once `stop` was called. */
  start(): void {
    if (this.#isWanted) this.#living ??= this.#live()
  }

  /** Replaces the process by a new one, after the old one has drained. A service in back-off starts at once. */
  restart(reason: string): void {
    if (this.#living === undefined || !this.#isWanted) return
    this.#isRestarting = true
    this.#crashes = 0
    if (this.#process === undefined) this.#backOff?.abort()
    else this.#terminate(this.#process, reason)
  }

  /** Ends the process and keeps it ended until `resume`. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#isWanted = false
    if (this.#process !== undefined) this.#terminate(this.#process)
    this.#backOff?.abort()
    await this.#living
    if (!this.#isWanted) this.#become('stopped')
  }

  /** Keeps it alive again after `stop`; one in back-off starts at once. */
  resume(): void {
    if (this.#isWanted) {
      this.#backOff?.abort()
      return
    }
    this.#isWanted = true
    this.#crashes = 0
    // The loop may still be waiting for the exit of the old process; then it goes on with a new one.
    if (this.#isLooping) this.#isRestarting = true
    else this.#living = this.#live()
  }

  /** Ends the process and all that it started without mercy, as when the time for stopping is over. */
  kill(): void {
    this.#isWanted = false
    this.#process?.kill('SIGKILL')
    this.#backOff?.abort()
  }

  async #live(): Promise<void> {
    this.#isLooping = true
    while (this.#isWanted) {
      const startedMs = this.#options.clock.monotonic()
      const exit = await this.#liveOnce()
      this.#lastExit = exit
      if (this.#isRestarting || !this.#isWanted) continue
      this.#crashes = crashesInARow(this.#crashes, this.#options.clock.monotonic() - startedMs)
      const delayMs = restartDelayMs(this.#crashes)
      this.#become('crashed', `${exit}; it starts again in ${delayMs} ms`)
      await this.#pause(delayMs)
    }
    this.#isLooping = false
  }

  /** From launch to exit of one process. Resolves with how it ended. */
  async #liveOnce(): Promise<string> {
    this.#isRestarting = false
    this.#launches++
    try {
      this.#process = await this.#options.launch()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    const exit = await this.#untilExit(this.#process)
    this.#process = undefined
    return exit
  }

  async #untilExit(launched: LaunchedProcess): Promise<string> {
    this.#become('starting')
    // What was asked while there was no process yet.
    if (this.#isRestarting || !this.#isWanted) this.#terminate(launched)
    const gone = new AbortController()
    const readiness = this.#awaitReadiness(gone.signal)
    const exit = await launched.exited
    gone.abort()
    await readiness
    return describeExit(exit)
  }

  async #awaitReadiness(signal: AbortSignal): Promise<void> {
    try {
      await this.#options.untilReady(signal)
    } catch {
      return // The process ended first; its exit is what gets reported.
    }
    if (this.#state !== 'starting') return
    this.#become('ready')
    this.#becameReady()
  }

  #terminate(launched: LaunchedProcess, note?: string): void {
    if (this.#state === 'stopping') return
    this.#become('stopping', note)
    launched.kill('SIGTERM')
    const cancelKill = this.#options.clock.schedule(this.#options.graceMs, () => launched.kill('SIGKILL'))
    void launched.exited.then(cancelKill)
  }

  async #pause(delayMs: number): Promise<void> {
    this.#backOff = new AbortController()
    await this.#options.clock.sleep(delayMs, this.#backOff.signal).catch(() => {})
  }

  #become(state: ServiceState, note?: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onChange(this.snapshot, note)
  }
}

function describeExit({ code, signal }: ProcessExit): string {
  return signal === undefined ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`
}
