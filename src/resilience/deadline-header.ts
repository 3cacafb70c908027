/**
 * Deadlines over the wire: what is left of the budget travels with the call, hop by hop, and only ever shrinks.
 *
 *   header in ─▶ parse ─▶ narrowedTimeoutMs(asked, allowed) ─▶ context ─▶ forwardedTimeoutMs(remaining) ─▶ format ─▶ header out
 *
 * A duration is sent, not a moment: clocks of two machines differ, and a duration errs only by the time on the wire.
 */

const grpcUnitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
}

/** `grpc-timeout` (gRPC over HTTP/2: at most 8 digits and a unit) in milliseconds; undefined for anything else. */
export function parseGrpcTimeout(value: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? []
  if (digits === undefined || unit === undefined) return undefined
  return Number(digits) * (grpcUnitsMs[unit] ?? 1)
}

/** In the finest unit that 8 digits can hold, rounded down: a deadline must not grow on its way. */
export function formatGrpcTimeout(timeoutMs: number): string {
  const clampedMs = Math.max(0, timeoutMs)
  for (const [unit, factor] of [
    ['u', 1e3],
    ['m', 1],
    ['S', 1e-3],
    ['M', 1 / 60_000],
  ] as const) {
    const count = Math.floor(clampedMs * factor)
    if (count < 1e8) return `${count}${unit}`
  }
  return `${Math.min(99_999_999, Math.floor(clampedMs / 3_600_000))}H`
}

/** `X-Request-Timeout`: `250ms`, `2s` or `1.5s`; a bare number is milliseconds. Undefined for anything else. */
export function parseRequestTimeout(value: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s)?$/.exec(value.trim()) ?? []
  if (digits === undefined) return undefined
  return Number(digits) * (unit === 's' ? 1_000 : 1)
}

/** Whole milliseconds, rounded down. */
export function formatRequestTimeout(timeoutMs: number): string {
  return `${Math.max(0, Math.floor(timeoutMs))}ms`
}

/** A caller may shorten the time that we allow, never extend it. */
export function narrowedTimeoutMs(askedMs: number | undefined, allowedMs: number = Number.POSITIVE_INFINITY): number {
  return askedMs === undefined ? allowedMs : Math.min(askedMs, allowedMs)
}

/**
 * What the next hop is told: the remaining time without what its answer needs on the way back, so that it gives up before
 * we do. 0: there is no time for the call; do not make it.
 */
export function forwardedTimeoutMs(remainingMs: number, reserveMs: number = 0): number {
  return Math.max(0, remainingMs - reserveMs)
}
