/** A logger that keeps its lines, so that a test can read what was logged. */
import { createJsonLogger } from '../telemetry/json-logger.ts'
import type { Logger, LogThreshold } from '../telemetry/logger.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'

export interface MemoryLogger {
  readonly log: Logger
  /** What was logged so far, oldest first, as the JSON that would have been written. */
  readonly records: readonly Readonly<Record<string, unknown>>[]
}

/** @param level Lowest level that is kept; default all. */
export function memoryLogger(level: LogThreshold = 'trace'): MemoryLogger {
  const sink = new MemorySink()
  return {
    log: createJsonLogger({ level, sink }),
    get records() {
      return sink.records
    },
  }
}
