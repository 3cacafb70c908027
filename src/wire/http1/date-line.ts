/** The `date` field (RFC 9110 section 6.6.1), made once a second and only when somebody asks. */
import { Buffer } from 'node:buffer'
import type { Clock } from '../../foundation/clock/clock.ts'

/** `date: Tue, 15 Nov 1994 08:12:31 GMT` with its CRLF. */
export const dateLineBytes = 37

export class DateLine {
  /** As of the last call of `at` or `now`. */
  line = ''
  /** The line, and the name of the field that always comes behind it. */
  readonly bytes: Buffer = Buffer.from(`${' '.repeat(dateLineBytes)}content-length: `, 'latin1')
  /** Whose line it is, since the Unix epoch. */
  second: number = Number.NaN
  readonly #clock: Clock
  /** On the monotonic scale: when the next second begins. */
  #untilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The line at a time that was just read from the clock's monotonic scale, so that it need not be read again. */
  at(monotonicMs: number): string {
    if (monotonicMs >= this.#untilMs) this.#renew(monotonicMs)
    return this.line
  }

  now(): string {
    return this.at(this.#clock.monotonic())
  }

  #renew(monotonicMs: number): void {
    const nowMs = this.#clock.now()
    this.second = Math.floor(nowMs / 1000)
    this.#untilMs = monotonicMs + (this.second + 1) * 1000 - nowMs
    this.line = `date: ${new Date(this.second * 1000).toUTCString()}\r\n`
    this.bytes.write(this.line, 'latin1')
  }
}
