/**
 * InflightShedder: refuses while the machine is busy and more requests are in flight than it has shown that it can carry
 * (go-zero's adaptive shedder; Little's law).
 *
 *   most that ended in one bucket × buckets per second × shortest mean latency = in flight at full speed
 *
 *   busy (CPU ≥ 90 %, or it refused less than a second ago), and both in flight now and on average above it ─▶ refuse
 */
import { checkNumber } from '../bad-policy.ts'

export interface InflightShedderOptions {
  /** Default 5,000. */
  windowMs?: number
  /** Default 50. */
  buckets?: number
  /** Share of the CPU from which on it may refuse. Default 0.9. */
  busyRatio?: number
  /** Default 1,000. */
  coolOffMs?: number
}

const averageWeight = 0.1

export class InflightShedder {
  readonly #bucketMs: number
  readonly #passes: Float64Array
  readonly #rtts: Float64Array
  readonly #busyRatio: number
  readonly #coolOffMs: number
  #at = 0
  #inFlight = 0
  #averageInFlight = 0
  #lastRefusalMs = Number.NEGATIVE_INFINITY

  constructor({ windowMs = 5_000, buckets = 50, busyRatio = 0.9, coolOffMs = 1_000 }: InflightShedderOptions = {}) {
    checkNumber('windowMs', windowMs, { min: 1 })
    checkNumber('buckets', buckets, { min: 1, max: 1_000, whole: true })
    checkNumber('busyRatio', busyRatio, { min: 0, max: 1 })
    checkNumber('coolOffMs', coolOffMs, { min: 0 })
    this.#bucketMs = windowMs / buckets
    this.#passes = new Float64Array(buckets)
    this.#rtts = new Float64Array(buckets)
    this.#busyRatio = busyRatio
    this.#coolOffMs = coolOffMs
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Whether a request may begin; if so it counts as in flight until `ended`. `cpuRatio`: from 0 to 1. */
  tryEnter(nowMs: number, cpuRatio: number): boolean {
    const isHot = cpuRatio >= this.#busyRatio || nowMs - this.#lastRefusalMs < this.#coolOffMs
    if (isHot) {
      const capacity = this.capacity(nowMs)
      if (this.#inFlight > capacity && this.#averageInFlight > capacity) {
        if (cpuRatio >= this.#busyRatio) this.#lastRefusalMs = nowMs
        return false
      }
    }
    this.#inFlight++
    return true
  }

  ended(nowMs: number, rttMs: number): void {
    this.#inFlight--
    this.#averageInFlight += (this.#inFlight - this.#averageInFlight) * averageWeight
    const bucket = this.#moveTo(nowMs)
    this.#passes[bucket] = (this.#passes[bucket] ?? 0) + 1
    this.#rtts[bucket] = (this.#rtts[bucket] ?? 0) + rttMs
  }

  /** Requests in flight at full speed, as far as the window shows; at least 1. */
  capacity(nowMs: number): number {
    const current = this.#moveTo(nowMs)
    let maxPasses = 1
    let minRttMs = Number.POSITIVE_INFINITY
    for (const [bucket, passes] of this.#passes.entries()) {
      // The current bucket is not whole yet.
      if (bucket === current || passes === 0) continue
      if (passes > maxPasses) maxPasses = passes
      minRttMs = Math.min(minRttMs, (this.#rtts[bucket] ?? 0) / passes)
    }
    if (minRttMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
    return Math.max(1, (maxPasses / this.#bucketMs) * minRttMs)
  }

  #moveTo(nowMs: number): number {
    const at = Math.floor(nowMs / this.#bucketMs)
    const { length } = this.#passes
    for (let passed = Math.max(this.#at + 1, at - length + 1); passed <= at; passed++) {
      this.#passes[passed % length] = 0
      this.#rtts[passed % length] = 0
    }
    this.#at = Math.max(this.#at, at)
    return this.#at % length
  }
}
