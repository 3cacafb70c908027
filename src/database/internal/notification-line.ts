/**
 * NotificationLine: hears what other processes notify through the database, as long as it is wanted.
 *
 *   connect ─▶ heard() once: something may have passed ─▶ heard() at each notification
 *      ▲                                                     └─ the line is lost ─▶ a pause, which grows ─┐
 *      └──────────────────────────────────────────────────────────────────────────────────────────────────┘
 */
import type { Clock } from '../../foundation/clock/clock.ts'

/** A line that stands. */
export interface OpenLine {
  /** Resolves when it stands no more. */
  readonly lost: Promise<void>
  /** Waits for nobody. */
  close(): void
}

export interface NotificationLineParts {
  readonly open: () => Promise<OpenLine>
  readonly heard: () => void
  readonly clock: Clock
}

export class NotificationLine {
  readonly #parts: NotificationLineParts
  readonly #stopping = new AbortController()
  #line: OpenLine | undefined

  constructor(parts: NotificationLineParts) {
    this.#parts = parts
    void this.#run()
  }

  /** At once: a line that is being opened is closed when it stands. */
  close(): void {
    this.#stopping.abort()
    this.#line?.close()
  }

  async #run(): Promise<void> {
    const { open, heard, clock } = this.#parts
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted; ) {
      try {
        const line = await open()
        this.#line = line
        if (signal.aborted) return line.close()
        failures = 0
        heard()
        await line.lost
      } catch {
        // Whoever listens has a poll as its net; health and queries tell that the database is away.
        failures++
      }
      this.#line = undefined
      await clock.sleep(Math.min(5_000, 50 * 2 ** failures), signal).catch(() => undefined)
    }
  }
}
