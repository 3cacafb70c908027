/**
 * Trace ids: random hex text, cheap enough to make for every request.
 *
 *   4 KiB from the system's generator ─▶ 8,192 hex digits, at once ─▶ the next 32 or 16 of them
 *
 * Asking for 16 bytes alone costs fifty times that, and writing each id as hex by itself five times. An id that somebody keeps holds
 * the text that it is a piece of; its 8 KiB are shared by all ids around it.
 */
import { fillRandom } from '../platform/random.ts'

const pool = Buffer.alloc(4_096)
/** Every id begins at a multiple of it. */
const idBytes = 8
let digits = ''
let used = 0

/** 32 lower-case hex digits, all random. */
export function newTraceId(): string {
  return nextDigits(32)
}

/** 16 lower-case hex digits. */
export function newSpanId(): string {
  return nextDigits(16)
}

function nextDigits(count: number): string {
  if (used + count > digits.length) refill()
  const start = used
  used += count
  return digits.slice(start, used)
}

function refill(): void {
  fillRandom(pool)
  // All zero means «no id». One time in 2^64 that is worth a test of one byte.
  for (let start = 0; start < pool.length; start += idBytes) if (pool[start] === 0) pool[start] = 1
  digits = pool.toString('hex')
  used = 0
}
