/**
 * Fault header: a request that brings its own fault along, for a try of one request alone.
 *
 *   x-fault-inject: latency 250            milliseconds
 *   x-fault-inject: error 503 OUT_OF_STOCK status, and a code
 *   x-fault-inject: latency 250; abort     the one after the other
 *
 * It counts only from trusted peers, and only where faults are allowed.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { maxDelayMs } from './delay.ts'
import { faultHeader } from './fault-header-name.ts'
import type { Strike } from './fault-set.ts'

/** @throws ServiceError `BAD_FAULT` (400): a slip must not look like a service that is well. */
export function parseFaultHeader(text: string): Strike {
  let blow: Strike = { ids: ['header'], delayMs: 0, end: undefined, body: undefined }
  for (const part of text.split(';')) blow = { ...blow, ...effectIn(part.trim()) }
  return blow
}

function effectIn(part: string): Partial<Strike> {
  const [, delay] = /^latency (\d{1,5})$/.exec(part) ?? []
  if (delay !== undefined && Number(delay) <= maxDelayMs) return { delayMs: Number(delay) }
  const [, status, code] = /^error ([45]\d\d)(?: ([A-Z][A-Z0-9_]{0,63}))?$/.exec(part) ?? []
  if (status !== undefined) {
    return { end: { kind: 'error', status: Number(status), ...(code !== undefined && { code }) } }
  }
  if (part === 'abort') return { end: { kind: 'abort' } }
  throw new ServiceError(
    'BAD_FAULT',
    `${faultHeader}: expected 'latency MS' (at most ${maxDelayMs}), 'error STATUS [CODE]' or 'abort', several joined with ';'.`,
    { status: 400 },
  )
}
