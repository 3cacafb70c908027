/** LogLevel: the order of the levels. */
import type { LogThreshold } from './logger.ts'

/** A line is written if the rank of its level is at least that of the threshold. */
export const levelRank: Readonly<Record<LogThreshold, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: 70,
}

export const logThresholds: readonly LogThreshold[] = Object.keys(levelRank) as LogThreshold[]

export function isLogThreshold(text: string): text is LogThreshold {
  return Object.hasOwn(levelRank, text)
}
