/**
 * ProcessLife: from the first signal to the exit.
 *
 *   SIGTERM, SIGINT ──▶ stop() ──▶ exit 0, or 1 if work was lost
 *     again, later  ──▶ exit 128 + signal, at once
 *   uncaught error  ──▶ logged, stop() ──▶ exit 1
 *   stop() too slow ──▶ logged, exit 1: a little before whoever sent the signal would kill us
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import type { Logger } from '../telemetry/logger.ts'
import { exitCode, exitCodeOfSignal } from './exit-code.ts'
import type { ProcessHost, StopSignal } from './process-host.ts'
import { isClean, type StopReport } from './running-service.ts'

export interface ProcessLifeOptions {
  readonly host: ProcessHost
  readonly log: Logger
  readonly clock: Clock
  /** From the first signal to the exit, whatever hangs. */
  readonly exitMs: number
  stop(): Promise<StopReport>
}

/** Ctrl-C reaches every process of a terminal, and whoever forwards it sends it once more: that is one request to stop. */
const echoMs = 500

export class ProcessLife {
  readonly #options: ProcessLifeOptions
  #stopRequestedMs: number | undefined
  #hasFailed = false
  #cancelExit: CancelTimer | undefined

  constructor(options: ProcessLifeOptions) {
    this.#options = options
  }

  /** From now on signals and uncaught errors come here. */
  watch(): void {
    const { host } = this.#options
    host.onStopSignal((signal) => this.#onSignal(signal))
    host.onUncaught((error) => this.#onUncaught(error))
  }

  #onSignal(signal: StopSignal): void {
    const { host, log, clock } = this.#options
    if (this.#stopRequestedMs === undefined) {
      log.info('stopping', { signal })
      void this.#end()
    } else if (clock.monotonic() - this.#stopRequestedMs > echoMs) {
      log.warn('stopped at once by a second signal; requests under way are lost', { signal })
      host.exit(exitCodeOfSignal(signal))
    }
  }

  #onUncaught(error: unknown): void {
    this.#hasFailed = true
    this.#options.log.fatal('an error that nobody caught ends the process', { error })
    if (this.#stopRequestedMs === undefined) void this.#end()
  }

  /** Stops and exits; also for a stop that somebody else began. */
  async #end(): Promise<void> {
    const { host, log, clock, exitMs, stop } = this.#options
    this.#stopRequestedMs = clock.monotonic()
    this.#cancelExit = clock.schedule(exitMs, () => {
      log.fatal('not everything ended in time; what is left is dropped', { limit_ms: exitMs })
      host.exit(exitCode.failed)
    })
    const report = await stop()
    this.#cancelExit()
    tell(log, report, clock.monotonic() - this.#stopRequestedMs)
    host.exit(isClean(report) && !this.#hasFailed ? exitCode.stopped : exitCode.failed)
  }
}

function tell(log: Logger, report: StopReport, durationMs: number): void {
  const { droppedRequests, failures } = report
  for (const { component, error } of failures) log.error('component did not stop', { component, error })
  if (droppedRequests > 0) log.error('requests were dropped', { count: droppedRequests })
  log.info('stopped', { duration_ms: Math.round(durationMs), clean: isClean(report) })
}
