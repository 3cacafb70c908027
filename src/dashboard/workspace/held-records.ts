/**
 * HeldRecords: log records out of captured output, held back until it is known whether their service sends them by OTLP as
 * well: the first lines are here before the first request of its exporter.
 *
 *   record ─ its service sends logs ───────────────────────────▶ dropped: it comes by OTLP
 *     ├ it has had ten seconds to do so, and has not ──────────▶ taken
 *     └ else ─ held for three seconds ─▶ sends logs? dropped : taken
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import type { LogRow } from '../otlp/log-records.ts'

export interface HeldRecordsOptions {
  readonly clock: Clock
  readonly sendsLogs: (service: string) => boolean
  readonly take: (rows: readonly LogRow[]) => void
}

/** The exporter's longest wait for other lines is one second. */
const heldMs = 3_000
const undecidedMs = 10_000
const maxHeld = 20_000

export class HeldRecords {
  readonly #options: HeldRecordsOptions
  readonly #firstMs = new Map<string, number>()
  #held: { readonly row: LogRow; readonly dueMs: number }[] = []
  #cancelTimer: CancelTimer | undefined

  constructor(options: HeldRecordsOptions) {
    this.#options = options
  }

  add(row: LogRow): void {
    const { clock, sendsLogs, take } = this.#options
    if (sendsLogs(row.service)) return
    const nowMs = clock.monotonic()
    const firstMs = this.#firstMs.get(row.service) ?? nowMs
    this.#firstMs.set(row.service, firstMs)
    if (nowMs - firstMs >= undecidedMs) {
      take([row])
      return
    }
    if (this.#held.length >= maxHeld) this.#release(Number.POSITIVE_INFINITY)
    this.#held.push({ row, dueMs: nowMs + heldMs })
    this.#cancelTimer ??= clock.schedule(heldMs, () => this.#onTimer())
  }

  /** Decides about what is held by what is known now. */
  close(): void {
    this.#cancelTimer?.()
    this.#release(Number.POSITIVE_INFINITY)
  }

  #onTimer(): void {
    const { clock } = this.#options
    this.#release(clock.monotonic())
    const [next] = this.#held
    this.#cancelTimer =
      next === undefined
        ? undefined
        : clock.schedule(Math.max(0, next.dueMs - clock.monotonic()), () => this.#onTimer())
  }

  #release(nowMs: number): void {
    const { sendsLogs, take } = this.#options
    const at = this.#held.findIndex(({ dueMs }) => dueMs > nowMs)
    const due = this.#held.splice(0, at === -1 ? this.#held.length : at)
    const rows = due.flatMap(({ row }) => (sendsLogs(row.service) ? [] : [row]))
    if (rows.length > 0) take(rows)
  }
}
