/**
 * DashboardProcess: a dashboard beside the services, in a process of its own.
 *
 *   start ─▶ spawn ─▶ begin ─▶ listening ─▶ (exit) ─▶ again after a pause that grows │ stop ─▶ SIGTERM ─▶ SIGKILL
 *
 * Whatever becomes of it, the services go on; address and token stay the same, so that open pages find it again.
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { type RunningProcess, spawnProcess } from '../../platform/processes.ts'
import { currentRuntimeCommand } from '../../platform/runtime-command.ts'
import type { DashboardProcessOptions, ToDashboard, ToOrchestrator } from '../workspace/link-message.ts'
import { type Controlled, WorkspaceLink } from '../workspace/workspace-link.ts'

export interface DashboardBesideOptions {
  readonly controlled: Controlled
  readonly options: DashboardProcessOptions
  /** What it says for people, without a newline: a warning, a failure to start, its own crash. */
  onNote(text: string): void
  readonly clock?: Clock
}

const firstPauseMs = 500
const maxPauseMs = 30_000
/** One that lived so long was well: the next pause is the first again. */
const healthyMs = 30_000
const killAfterMs = 2_000

export class DashboardProcess {
  readonly #options: DashboardBesideOptions
  readonly #clock: Clock
  readonly #link: WorkspaceLink
  #child: RunningProcess | undefined
  #pauseMs = firstPauseMs
  #cancelPause: CancelTimer | undefined
  #isWanted = true
  #living: Promise<void> = Promise.resolve()

  constructor(options: DashboardBesideOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#link = new WorkspaceLink(options.controlled, (message) => this.#send(message))
  }

  /** Undefined while it has no process. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    if (this.#isWanted) this.#living = this.#live()
  }

  /** Resolves when it is gone, within two seconds. */
  async stop(): Promise<void> {
    this.#isWanted = false
    this.#cancelPause?.()
    this.#link.close()
    const running = this.#child
    running?.kill('SIGTERM')
    const cancelKill = this.#clock.schedule(killAfterMs, () => running?.kill('SIGKILL'))
    await this.#living
    cancelKill()
  }

  async #live(): Promise<void> {
    const startedMs = this.#clock.monotonic()
    const how = await this.#liveOnce()
    if (!this.#isWanted) return
    if (this.#clock.monotonic() - startedMs >= healthyMs) this.#pauseMs = firstPauseMs
    this.#options.onNote(`the dashboard ended (${how}); it starts again in ${this.#pauseMs} ms, the services go on`)
    this.#cancelPause = this.#clock.schedule(this.#pauseMs, () => this.start())
    this.#pauseMs = Math.min(maxPauseMs, this.#pauseMs * 2)
  }

  /** From spawn to exit. Resolves with how it ended. */
  async #liveOnce(): Promise<string> {
    const { command, args } = currentRuntimeCommand()
    try {
      this.#child = await spawnProcess({
        command,
        args: [...args, mainFile()],
        onMessage: (message) => this.#take(message as ToOrchestrator),
        onStdout: (line) => this.#noteLine(line),
        onStderr: (line) => this.#options.onNote(line),
      })
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    this.#link.begin(this.#options.options)
    if (!this.#isWanted) this.#child.kill('SIGTERM')
    const { code, signal } = await this.#child.exited
    this.#child = undefined
    return signal ?? `exit code ${code ?? 'unknown'}`
  }

  #take(message: ToOrchestrator): void {
    if (message.kind === 'failed') this.#options.onNote(message.message)
    else this.#link.take(message)
  }

  /** Its log: what is no warning is for those who read `/api/audit`. */
  #noteLine(line: string): void {
    if (!/"level":"(debug|info)"/.test(line)) this.#options.onNote(line)
  }

  #send(message: ToDashboard): void {
    this.#child?.send(message)
  }
}

/** Beside this file, and like it either a source or built. */
function mainFile(): string {
  return new URL(import.meta.url.replace('dashboard-process', 'dashboard-main')).pathname
}
