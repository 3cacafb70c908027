/** StopSignal: the signals that end a program, as one `AbortSignal`. */
import { onSignal } from '../platform/signals.ts'

/**
 * Aborts at the first SIGINT, SIGTERM or SIGHUP. Further ones change nothing: under npm one Ctrl-C reaches us twice, because
 * npm passes on what the whole process group has got already, and stopping is bounded anyway.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) onSignal(name, () => controller.abort())
  return controller.signal
}
