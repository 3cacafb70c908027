/** A logger that writes nothing: the default where nobody gave one. */
import type { Logger } from './logger.ts'

const nothing = (): void => {}

export const noopLogger: Logger = {
  level: 'silent',
  isEnabled: () => false,
  log: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => noopLogger,
}
