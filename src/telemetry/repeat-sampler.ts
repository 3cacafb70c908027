/**
 * RepeatSampler: of lines that repeat, the first few in each interval and then every m-th.
 *
 *   line ─▶ seen fewer than `first` times in this interval? ──yes──▶ written
 *              └─no─▶ the m-th since? ──yes──▶ written │ ──no──▶ counted, and told when the interval ends
 *
 * What fails does so thousands of times in a second, and each time says the same.
 */
import type { LogLevel } from './logger.ts'

export interface SamplingOptions {
  /** Lines of one kind that are written in each interval before any is left out; default 100. */
  readonly first?: number
  /** Afterwards one of so many; default 100. 0 writes none. */
  readonly thereafter?: number
  /** Default 1,000. */
  readonly intervalMs?: number
  /** Kinds that are told apart; what comes beyond is always written. Default 2,048. */
  readonly maxKinds?: number
}

/** Lines of one level and message. */
export interface LeftOut {
  readonly level: LogLevel
  readonly message: string
  readonly count: number
}

interface Kind {
  readonly level: LogLevel
  readonly message: string
  seen: number
  leftOut: number
}

export class RepeatSampler {
  readonly intervalMs: number
  readonly #first: number
  readonly #thereafter: number
  readonly #maxKinds: number
  readonly #kinds = new Map<string, Kind>()
  #endsMs = Number.NEGATIVE_INFINITY
  #hasLeftOut = false

  constructor({ first = 100, thereafter = 100, intervalMs = 1_000, maxKinds = 2_048 }: SamplingOptions = {}) {
    this.intervalMs = intervalMs
    this.#first = first
    this.#thereafter = thereafter
    this.#maxKinds = maxKinds
  }

  /** Whether something has been left out that was not told yet. */
  get hasLeftOut(): boolean {
    return this.#hasLeftOut
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#endsMs
  }

  /** Whether the line is written. A `fatal` one always is. */
  admits(level: LogLevel, message: string, nowMs: number): boolean {
    if (this.isOver(nowMs)) this.#begin(nowMs)
    if (level === 'fatal') return true
    const key = level + message
    const kind = this.#kinds.get(key)
    if (kind === undefined) {
      if (this.#kinds.size < this.#maxKinds) this.#kinds.set(key, { level, message, seen: 1, leftOut: 0 })
      return true
    }
    const beyond = ++kind.seen - this.#first
    if (beyond <= 0 || (this.#thereafter > 0 && beyond % this.#thereafter === 0)) return true
    kind.leftOut++
    this.#hasLeftOut = true
    return false
  }

  /** What was left out since the last call; what is most first. */
  takeLeftOut(): LeftOut[] {
    const left = [...this.#kinds.values()].filter(({ leftOut }) => leftOut > 0)
    const told = left.map(({ level, message, leftOut: count }) => ({ level, message, count }))
    for (const kind of left) kind.leftOut = 0
    this.#hasLeftOut = false
    return told.sort((a, b) => b.count - a.count)
  }

  #begin(nowMs: number): void {
    this.#endsMs = nowMs + this.intervalMs
    for (const [key, kind] of this.#kinds) {
      // What has not been told stays until it is.
      if (kind.leftOut === 0) this.#kinds.delete(key)
      else kind.seen = 1
    }
  }
}
