/** When to come back: the `Retry-After` field (RFC 9110, section 10.2.3) and the same fact in an error. */
import { ServiceError } from '../foundation/errors/service-error.ts'

/** Milliseconds from now; undefined for what is neither a number of seconds nor an HTTP date. `nowMs`: wall time. */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  const text = value.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}

/** Whole seconds, rounded up: who comes back a moment early is refused again. */
export function formatRetryAfter(retryAfterMs: number): string {
  return String(Math.max(0, Math.ceil(retryAfterMs / 1_000)))
}

/** What an error says about when to come back, in `details.retryAfterMs`. */
export function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof ServiceError)) return undefined
  const value = error.details?.retryAfterMs
  return typeof value === 'number' && value >= 0 ? value : undefined
}
