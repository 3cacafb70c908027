/** Times of OpenTelemetry's API on the monotonic scale of our clock. */
import type { TimeInput } from '@opentelemetry/api'
import type { Clock } from '../../foundation/clock/clock.ts'

/** Undefined stays undefined, which is «now». */
export function monotonicFrom(
  time: TimeInput | undefined,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): number | undefined {
  if (time === undefined) return undefined
  return clock.monotonic() - (clock.now() - epochMsFrom(time))
}

/** A number is milliseconds of the epoch or, if that would lie before the process began, of `performance.now()`. */
function epochMsFrom(time: TimeInput): number {
  if (Array.isArray(time)) return time[0] * 1_000 + time[1] / 1e6
  if (time instanceof Date) return time.getTime()
  return time < performance.timeOrigin ? performance.timeOrigin + time : time
}
