/**
 * LogLevelSwitch: the level of the log while the service runs, for now or for a while.
 *
 *   set('debug', { durationMs }) ─▶ a line says who ─▶ applied here, and in every worker ─over─▶ the level from before
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import type { Logger, LogThreshold } from '../telemetry/logger.ts'
import type { LateLogger } from './late-logger.ts'

export interface LogLevelChange {
  /** Who asks for it, and from where. */
  readonly by: string
  readonly from?: string
  /** After this time the level from before comes back; default never. */
  readonly durationMs?: number
}

export interface LogLevelView {
  readonly level: LogThreshold
  /** When it goes back, and to what. */
  readonly until?: string
  readonly next?: LogThreshold
}

interface LogLevelSwitchOptions {
  readonly log: LateLogger
  readonly clock: Clock
  /** Takes the level to other processes; default there are none. */
  readonly apply?: (level: LogThreshold) => Promise<void>
}

export class LogLevelSwitch {
  readonly #log: LateLogger
  readonly #clock: Clock
  readonly #apply: (level: LogThreshold) => Promise<void>
  #before: LogThreshold | undefined
  #untilMs = 0
  #cancel: CancelTimer | undefined
  #isChanged = false

  constructor({ log, clock, apply = async () => {} }: LogLevelSwitchOptions) {
    this.#log = log
    this.#clock = clock
    this.#apply = apply
  }

  /** What a process that has just come must be told; undefined if nobody has changed it. */
  get changedLevel(): LogThreshold | undefined {
    return this.#isChanged ? this.#log.level : undefined
  }

  view(): LogLevelView {
    const { level } = this.#log
    if (this.#before === undefined) return { level }
    return { level, until: new Date(this.#untilMs).toISOString(), next: this.#before }
  }

  /** @throws ServiceError `LOG_LEVEL_FIXED` for a logger of the service's own that has no `setLevel`. */
  async set(level: LogThreshold, { by, from, durationMs }: LogLevelChange): Promise<void> {
    const was = this.#log.level
    const before = this.#before ?? was
    this.#cancel?.()
    this.#before = undefined
    this.#log.setLevel(level)
    this.#isChanged = true
    if (durationMs !== undefined) this.#goBack(before, durationMs)
    audit(this.#log, { from: was, to: level, by, address: from, until: this.view().until })
    await this.#apply(level)
  }

  close(): void {
    this.#cancel?.()
  }

  #goBack(before: LogThreshold, durationMs: number): void {
    this.#before = before
    this.#untilMs = this.#clock.now() + durationMs
    this.#cancel = this.#clock.schedule(durationMs, () => void this.set(before, { by: 'the time is over' }))
  }
}

/** At a level that is written whatever the level: nobody should be able to silence a service without a trace. */
function audit(log: Logger, fields: Readonly<Record<string, unknown>>): void {
  log.log(log.isEnabled('warn') ? 'warn' : 'fatal', 'log level changed', fields)
}
