/** The `date` field (RFC 9110 section 6.6.1), made once a second and only when somebody asks. */
import type { Clock } from '../../foundation/clock/clock.ts'

export class DateLine {
  readonly #clock: Clock
  #second = Number.NaN
  #line = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `date: Tue, 15 Nov 1994 08:12:31 GMT` with its CRLF. */
  get line(): string {
    const second = Math.floor(this.#clock.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#line = `date: ${new Date(second * 1000).toUTCString()}\r\n`
    }
    return this.#line
  }
}
