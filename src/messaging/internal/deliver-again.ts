/** deliverAgain: what was given back comes again after a moment, and not at once: whoever gives it back at once again would keep the thread. */
import type { Clock } from '../../foundation/clock/clock.ts'

export interface DeliverAgain {
  readonly clock: Clock
  /** How often it has been delivered. */
  readonly attempt: number
  /** Whether it is still this member's to deliver. */
  isHeld(): boolean
  isPaused(): boolean
  deliver(): void
}

const baseDelayMs = 5
const maxDelayMs = 1_000

export function deliverAgain(again: DeliverAgain): void {
  const delayMs = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(10, again.attempt - 1))
  again.clock.schedule(delayMs, () => {
    if (!again.isHeld()) return
    if (again.isPaused()) deliverAgain(again)
    else again.deliver()
  })
}
