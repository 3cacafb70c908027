/**
 * ProcessLife: from the first reason to end to the exit.
 *
 *   a stop signal   ──▶ stop() ──▶ exit 0, or 1 if work was lost
 *     again, later  ──▶ exit 128 + signal, at once
 *   uncaught error  ──▶ logged, stop() ──▶ exit 1
 *   stop() too slow ──▶ logged, exit 1: a little before whoever sent the signal would kill us
 */
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Logger } from '../telemetry/logger.ts'
import { exitCode, exitCodeOfSignal } from './exit-code.ts'
import type { ProcessHost, StopSignal } from './process-host.ts'
import { isClean, type StopReport } from './running-service.ts'

export interface ProcessLifeOptions {
  readonly host: ProcessHost
  readonly log: Logger
  /** From the reason to end to the exit, whatever hangs; in milliseconds. */
  readonly exitMs: number
  stop(): Promise<StopReport>
}

/** Ctrl-C reaches every process of a terminal, and whoever forwards it sends it once more: that is one request to stop. */
const echoMs = 500

export class ProcessLife {
  readonly #options: ProcessLifeOptions
  #endsSinceMs: number | undefined
  #hasFailed = false

  constructor(options: ProcessLifeOptions) {
    this.#options = options
  }

  get isEnding(): boolean {
    return this.#endsSinceMs !== undefined
  }

  /** From now on stop signals end the process in order. */
  obeySignals(): void {
    this.#options.host.onStopSignal((signal) => this.#onSignal(signal))
  }

  /** From now on an error that nobody caught ends the process in order. */
  guardErrors(): void {
    this.#options.host.onUncaught((error) => this.fail('an error that nobody caught ends the process', error))
  }

  /** Ends the process, which will not count as a success. */
  fail(message: string, error: unknown): void {
    this.#hasFailed = true
    this.#options.log.fatal(message, { error })
    void this.end()
  }

  /** Stops and exits, within `exitMs`. Called again it does nothing. */
  async end(exitMs: number = this.#options.exitMs): Promise<void> {
    if (this.#endsSinceMs !== undefined) return
    const { host, log, stop } = this.#options
    const startedMs = systemClock.monotonic()
    this.#endsSinceMs = startedMs
    const cancelExit = systemClock.schedule(exitMs, () => {
      log.fatal('not everything ended in time; what is left is dropped', { limit_ms: exitMs })
      host.exit(exitCode.failed)
    })
    const report = await stop()
    cancelExit()
    tell(log, report, systemClock.monotonic() - startedMs)
    host.exit(isClean(report) && !this.#hasFailed ? exitCode.stopped : exitCode.failed)
  }

  #onSignal(signal: StopSignal): void {
    const { host, log } = this.#options
    if (this.#endsSinceMs === undefined) {
      log.info('stopping', { signal })
      void this.end()
    } else if (systemClock.monotonic() - this.#endsSinceMs > echoMs) {
      log.warn('stopped at once by a second signal; requests under way are lost', { signal })
      host.exit(exitCodeOfSignal(signal))
    }
  }
}

function tell(log: Logger, report: StopReport, durationMs: number): void {
  const { droppedRequests, failures } = report
  for (const { component, error } of failures) log.error('component did not stop', { component, error })
  if (droppedRequests > 0) log.error('requests were dropped', { count: droppedRequests })
  log.info('stopped', { duration_ms: Math.round(durationMs), clean: isClean(report) })
}
