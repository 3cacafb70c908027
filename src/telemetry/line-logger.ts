/**
 * LineLogger: the one logger behind every format and every sink.
 *
 *   info('placed', { orderId }) ─▶ level? ─▶ repeats? ─▶ + span, context fields, child fields ─▶ format.line ─▶ sink.write
 *
 * Logging never fails the work that logs: what goes wrong in here ends as a line that says so.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { currentContext } from '../foundation/context/context.ts'
import { contextLogFields } from './log-fields.ts'
import type { LogFormat } from './log-format.ts'
import { levelRank } from './log-level.ts'
import type { LogSink } from './log-sink.ts'
import type { LogFields, Logger, LogLevel, LogThreshold } from './logger.ts'
import { RepeatSampler, type SamplingOptions } from './repeat-sampler.ts'
import { currentSpan, type TraceContext } from './tracer.ts'

export interface LineLoggerOptions {
  /** Lowest level that is written; default `info`. */
  readonly level?: LogThreshold
  /** Fields of every line, such as the service's name and version. */
  readonly fields?: LogFields
  readonly format: LogFormat
  readonly sink: LogSink
  /** Leaves out most of the lines that repeat, and says how many; default none. */
  readonly sampling?: SamplingOptions
  readonly clock?: Clock
}

/** A line as it was logged, before it became text: nothing is hidden in it yet. */
export interface LoggedRecord {
  readonly timeMs: number
  readonly level: LogLevel
  readonly message: string
  readonly trace: TraceContext | undefined
  /** The logger's own. */
  readonly boundFields: LogFields
  readonly fields: LogFields | undefined
}

/** A logger that owns its level and its sink; its children follow it. */
export interface RootLogger extends Logger {
  /** Changes the level for this logger and all its children, at once. */
  setLevel(level: LogThreshold): void
  /** Told of every line that is written; whoever passes it on must hide what the format hides. Returns its own unsubscribe. */
  onRecord(listener: (record: LoggedRecord) => void): () => void
  /** Hands over the lines that wait in the sink. */
  flush(): void | Promise<void>
}

/** What a root and its children share. */
interface Trunk {
  readonly format: LogFormat
  readonly sink: LogSink
  readonly clock: Clock
  readonly sampler: RepeatSampler | undefined
  level: LogThreshold
  rank: number
  listener: ((record: LoggedRecord) => void) | undefined
  /** Lines lost since the last one that the sink took. */
  dropped: number
}

export function createLineLogger({
  level = 'info',
  fields = {},
  format,
  sink,
  sampling,
  clock = systemClock,
}: LineLoggerOptions): RootLogger {
  const sampler = sampling === undefined ? undefined : new RepeatSampler(sampling)
  return new LineLogger(
    { format, sink, clock, sampler, level, rank: levelRank[level], listener: undefined, dropped: 0 },
    fields,
  )
}

class LineLogger implements RootLogger {
  readonly #trunk: Trunk
  readonly #boundFields: LogFields
  readonly #boundNames: readonly string[]
  readonly #bound: string

  constructor(trunk: Trunk, boundFields: LogFields) {
    this.#trunk = trunk
    this.#boundFields = boundFields
    this.#boundNames = Object.keys(boundFields)
    this.#bound = trunk.format.bind(boundFields)
  }

  get level(): LogThreshold {
    return this.#trunk.level
  }

  setLevel(level: LogThreshold): void {
    this.#trunk.level = level
    this.#trunk.rank = levelRank[level]
  }

  isEnabled(level: LogLevel): boolean {
    return levelRank[level] >= this.#trunk.rank
  }

  log(level: LogLevel, message: string, fields?: LogFields): void {
    if (levelRank[level] >= this.#trunk.rank) this.#write(level, message, fields)
  }

  trace(message: string, fields?: LogFields): void {
    if (levelRank.trace >= this.#trunk.rank) this.#write('trace', message, fields)
  }

  debug(message: string, fields?: LogFields): void {
    if (levelRank.debug >= this.#trunk.rank) this.#write('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    if (levelRank.info >= this.#trunk.rank) this.#write('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    if (levelRank.warn >= this.#trunk.rank) this.#write('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    if (levelRank.error >= this.#trunk.rank) this.#write('error', message, fields)
  }

  /** Written out at once: the process may not live to the end of this turn. */
  fatal(message: string, fields?: LogFields): void {
    if (levelRank.fatal < this.#trunk.rank) return
    this.#write('fatal', message, fields)
    void this.flush()
  }

  child(fields: LogFields): Logger {
    return new LineLogger(this.#trunk, { ...this.#boundFields, ...fields })
  }

  onRecord(listener: (record: LoggedRecord) => void): () => void {
    const trunk = this.#trunk
    trunk.listener = listener
    return () => {
      if (trunk.listener === listener) trunk.listener = undefined
    }
  }

  flush(): void | Promise<void> {
    this.#tellLeftOut()
    return this.#trunk.sink.flush()
  }

  #write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const { sampler } = this.#trunk
    if (sampler === undefined || this.#admits(sampler, level, message)) this.#put(level, message, fields)
  }

  #admits(sampler: RepeatSampler, level: LogLevel, message: string): boolean {
    const { clock } = this.#trunk
    const hadLeftOut = sampler.hasLeftOut
    const admitted = sampler.admits(level, message, clock.monotonic())
    // The first line that is left out has all of them told when the interval is over.
    if (!hadLeftOut && sampler.hasLeftOut) clock.schedule(sampler.intervalMs, () => this.#tellLeftOut())
    return admitted
  }

  #tellLeftOut(): void {
    for (const { level, message, count } of this.#trunk.sampler?.takeLeftOut() ?? []) {
      this.#put(level, 'lines were left out because they repeat', { repeated: message, left_out: count })
    }
  }

  #put(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const trunk = this.#trunk
    const line = this.#line(level, message, fields)
    if (!trunk.sink.write(line)) trunk.dropped++
    else if (trunk.dropped > 0) this.#reportDropped()
  }

  #line(level: LogLevel, message: string, ownFields: LogFields | undefined): string {
    const { format, clock } = this.#trunk
    const timeMs = clock.now()
    try {
      const context = currentContext()
      const trace = context?.get(currentSpan)?.context
      const fields = mergeFields(context?.get(contextLogFields), ownFields)
      this.#tell({ timeMs, level, message, trace, boundFields: this.#boundFields, fields })
      if (fields === undefined || !this.#overlaps(fields)) {
        return format.line({ timeMs, level, message, trace, bound: this.#bound, fields })
      }
      return format.line({ timeMs, level, message, trace, bound: '', fields: { ...this.#boundFields, ...fields } })
    } catch (error) {
      const reason = { logging_error: error instanceof Error ? error.message : 'threw no error' }
      return format.line({
        timeMs,
        level,
        message: String(message),
        trace: undefined,
        bound: this.#bound,
        fields: reason,
      })
    }
  }

  /** What goes wrong behind it must not cost the line. */
  #tell(record: LoggedRecord): void {
    const { listener } = this.#trunk
    if (listener === undefined) return
    try {
      listener(record)
    } catch {
      // The line itself is written, and there is no better place to say it.
    }
  }

  /** One name must not stand twice in a line: some collectors refuse it. */
  #overlaps(fields: LogFields): boolean {
    for (const name of this.#boundNames) if (Object.hasOwn(fields, name)) return true
    return false
  }

  #reportDropped(): void {
    const { dropped } = this.#trunk
    this.#trunk.dropped = 0
    this.#put('warn', 'log lines were dropped because their reader did not keep up', { dropped })
  }
}

/** A line's own fields win over those of its context. An error in the place of fields, a slip that types forbid, is kept. */
function mergeFields(inherited: LogFields | undefined, own: LogFields | undefined): LogFields | undefined {
  const fields = own instanceof Error ? { error: own } : own
  if (inherited === undefined) return fields
  return fields === undefined ? inherited : { ...inherited, ...fields }
}
