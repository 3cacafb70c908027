/** What an answer means that is not a yes: again later, or never. */
import type { HttpAnswer } from './http-sender.ts'
import type { SendOutcome } from './send-outcome.ts'

/** As the OTLP specification has it. */
const retryableStatuses = new Set([429, 502, 503, 504])
/** A receiver that asks for more is asked again earlier. */
const maxRetryAfterMs = 300_000

export function refusedOutcome({ status, header }: HttpAnswer, nowMs: number): SendOutcome {
  const reason = `status ${status}`
  if (!retryableStatuses.has(status)) return { kind: 'refused', reason }
  const afterMs = retryAfterMs(header('retry-after'), nowMs)
  return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs }
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const afterMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs
  return Number.isNaN(afterMs) ? undefined : Math.min(maxRetryAfterMs, Math.max(0, afterMs))
}

/** No connection, or no answer in time: it says nothing of the batch. */
export function failedOutcome(error: unknown): SendOutcome {
  return { kind: 'retry', reason: error instanceof Error ? error.message : 'what was thrown is not an Error' }
}
