/** Cases of a `select` that are about time and cancellation. */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { type Context, currentContext } from '../foundation/context/context.ts'
import type { ServiceError } from '../foundation/errors/service-error.ts'
import type { SelectCase } from './select-case.ts'

/**
 * Ready `delayMs` after the select began to wait; at once for 0. The timer ends with the select, whoever wins.
 * The clock is the current context's, else the system's.
 */
export function after(
  delayMs: number,
  clock: Clock = currentContext()?.clock ?? systemClock,
): SelectCase<{ readonly ok: true; readonly value: undefined }> {
  const elapsed = { ok: true, value: undefined } as const
  return {
    isReady: () => delayMs <= 0,
    take: () => elapsed,
    wait: (entry) => ({ leave: clock.schedule(delayMs, () => entry.win(elapsed), true) }),
  }
}

/** Ready when the context is cancelled; the value says why. So a select can answer to it instead of throwing. */
export function cancelled(context: Context): SelectCase<{ readonly ok: true; readonly value: ServiceError }> {
  return {
    isReady: () => context.cancelled !== undefined,
    take: () => ({ ok: true, value: context.cancelled as ServiceError }),
    wait: (entry) => ({ leave: context.onCancel((value) => entry.win({ ok: true, value })) }),
  }
}
