/**
 * ByteWriter: bytes on their way out, written one behind the other into room that is made beforehand.
 *
 *   reserve(most it can take) ─▶ write at `end` into `bytes` ─▶ end += what it took
 *
 * Two public fields instead of methods for each kind of value: compiled encoders keep them in local variables and touch
 * memory only. Whoever calls `reserve` reads `bytes` anew behind it: it may be another array, with the same content.
 */
import { Buffer } from 'node:buffer'

export class ByteWriter {
  /** [0, end) is written; the rest is free. */
  bytes: Buffer
  end = 0

  /** `capacity` in bytes is what it begins with; it grows. */
  constructor(capacity = 1_024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** Makes sure that `count` more bytes fit. */
  reserve(count: number): void {
    if (this.bytes.length - this.end < count) this.#grow(count)
  }

  /** Writes text as UTF-8. */
  text(text: string): void {
    // No UTF-16 unit takes more than three bytes.
    this.reserve(text.length * 3)
    this.end += this.bytes.write(text, this.end, 'utf8')
  }

  /** Writes a copy. */
  copy(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.end)
    this.end += bytes.length
  }

  /** What was written, as a view that is valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.end)
  }

  #grow(count: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.end + count))
    larger.set(this.bytes.subarray(0, this.end))
    this.bytes = larger
  }
}
