/** ExitCode: how the process of a service ends, for whoever started it. */

import type { StopSignal } from './process-host.ts'

export const exitCode = {
  /** It was asked to stop, and everything ended in time. */
  stopped: 0,
  /** It could not start, failed while running, or had to drop work to be in time. */
  failed: 1,
  /** Settings are missing or wrong: starting it again will not help (`EX_CONFIG` of sysexits.h). */
  badConfig: 78,
} as const

/** After a second signal nothing is waited for; by convention 128 + the signal's number. */
export function exitCodeOfSignal(signal: StopSignal): number {
  return 128 + signalNumbers[signal]
}

const signalNumbers: Readonly<Record<StopSignal, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }
