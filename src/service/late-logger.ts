/**
 * LateLogger: the service's logger before it is known how and where it logs.
 *
 * `service.log` and its children are handed out while the file of a service is still being read, before level, format and
 * place are looked up. All of them write to the one logger that is set later, or, if something is logged before that, to
 * the one that `fallback` makes.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { RootLogger } from '../telemetry/line-logger.ts'
import type { LogFields, Logger, LogLevel, LogThreshold } from '../telemetry/logger.ts'

/** What a late logger and its children share. */
interface Destination {
  readonly fallback: () => Logger
  logger: Logger | undefined
  /** Counts the loggers set, so that children know theirs is out of date. */
  generation: number
}

export class LateLogger implements Logger {
  readonly #destination: Destination
  readonly #fields: LogFields | undefined
  #logger: Logger | undefined
  #generation = -1

  constructor(fallback: () => Logger, destination?: Destination, fields?: LogFields) {
    this.#destination = destination ?? { fallback, logger: undefined, generation: 0 }
    this.#fields = fields
  }

  /** From now on this logger and all its children write to `logger`. */
  setDestination(logger: Logger): void {
    this.#destination.logger = logger
    this.#destination.generation++
  }

  /** What reads every line; undefined where the logger behind it cannot tell. */
  get tap(): RootLogger['onRecord'] | undefined {
    const logger: (Logger & Partial<RootLogger>) | undefined = this.#destination.logger
    return logger?.onRecord?.bind(logger)
  }

  /** @throws ServiceError `LOG_LEVEL_FIXED` if the logger behind it cannot change its level. */
  setLevel(level: LogThreshold): void {
    const destination = this.#destination
    destination.logger ??= destination.fallback()
    const logger: Logger & Partial<Pick<RootLogger, 'setLevel'>> = destination.logger
    if (logger.setLevel === undefined) {
      throw new ServiceError('LOG_LEVEL_FIXED', 'The logger that this service was given has no setLevel().', {
        status: 409,
      })
    }
    logger.setLevel(level)
  }

  get level(): LogThreshold {
    return this.#current().level
  }
  isEnabled(level: LogLevel): boolean {
    return this.#current().isEnabled(level)
  }
  log(level: LogLevel, message: string, fields?: LogFields): void {
    this.#current().log(level, message, fields)
  }
  trace(message: string, fields?: LogFields): void {
    this.#current().trace(message, fields)
  }
  debug(message: string, fields?: LogFields): void {
    this.#current().debug(message, fields)
  }
  info(message: string, fields?: LogFields): void {
    this.#current().info(message, fields)
  }
  warn(message: string, fields?: LogFields): void {
    this.#current().warn(message, fields)
  }
  error(message: string, fields?: LogFields): void {
    this.#current().error(message, fields)
  }
  fatal(message: string, fields?: LogFields): void {
    this.#current().fatal(message, fields)
  }
  child(fields: LogFields): Logger {
    return new LateLogger(this.#destination.fallback, this.#destination, { ...this.#fields, ...fields })
  }

  #current(): Logger {
    const destination = this.#destination
    if (this.#logger !== undefined && this.#generation === destination.generation) return this.#logger
    destination.logger ??= destination.fallback()
    this.#logger = this.#fields === undefined ? destination.logger : destination.logger.child(this.#fields)
    this.#generation = destination.generation
    return this.#logger
  }
}
