/**
 * VegasLimit: how many requests may be in flight, found by their latency, as TCP Vegas finds its window and Netflix's
 * concurrency-limits do.
 *
 *   queue = limit × (1 − minRtt / rtt)        what is in flight without being worked on
 *
 *   queue < alpha ─▶ the limit grows      queue > beta, or dropped ─▶ it shrinks      between them it stays
 *
 * minRtt is found anew after about 30 × limit samples, because what a request costs changes.
 */
import { checkNumber } from '../bad-policy.ts'

export interface VegasLimitOptions {
  /** Default 20. */
  initialLimit?: number
  /** Default 1,000. */
  maxLimit?: number
  /** Share of a new limit in the smoothed one. Default 1. */
  smoothing?: number
  random?: () => number
}

export interface LatencySample {
  readonly rttMs: number
  /** In flight when it began. */
  readonly inFlight: number
  /** It failed for lack of capacity further on. */
  readonly wasDropped?: boolean
}

const probeMultiplier = 30

export class VegasLimit {
  readonly #maxLimit: number
  readonly #smoothing: number
  readonly #random: () => number
  #limit: number
  #minRttMs = Number.POSITIVE_INFINITY
  #samples = 0
  #probeJitter: number

  constructor({ initialLimit = 20, maxLimit = 1_000, smoothing = 1, random = Math.random }: VegasLimitOptions = {}) {
    checkNumber('maxLimit', maxLimit, { min: 1 })
    checkNumber('initialLimit', initialLimit, { min: 1, max: maxLimit })
    checkNumber('smoothing', smoothing, { min: 0, max: 1 })
    this.#limit = initialLimit
    this.#maxLimit = maxLimit
    this.#smoothing = smoothing
    this.#random = random
    this.#probeJitter = this.#jitter()
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  observe({ rttMs, inFlight, wasDropped = false }: LatencySample): void {
    if (!(rttMs > 0)) return
    if (++this.#samples > this.#probeJitter * probeMultiplier * this.#limit) {
      this.#samples = 0
      this.#probeJitter = this.#jitter()
      this.#minRttMs = rttMs
      return
    }
    if (rttMs < this.#minRttMs) this.#minRttMs = rttMs
    const wanted = nextVegasLimit({ limit: this.#limit, minRttMs: this.#minRttMs, rttMs, inFlight, wasDropped })
    const bounded = Math.min(this.#maxLimit, Math.max(1, wanted))
    this.#limit = (1 - this.#smoothing) * this.#limit + this.#smoothing * bounded
  }

  #jitter(): number {
    return 0.5 + this.#random() / 2
  }
}

export interface VegasFacts {
  readonly limit: number
  readonly minRttMs: number
  readonly rttMs: number
  readonly inFlight: number
  readonly wasDropped: boolean
}

/** The limit after one sample. */
export function nextVegasLimit({ limit, minRttMs, rttMs, inFlight, wasDropped }: VegasFacts): number {
  const step = Math.max(1, Math.log10(limit))
  if (wasDropped) return limit - step
  // A limit that nobody comes near says nothing.
  if (inFlight * 2 < limit) return limit
  const queue = Math.ceil(limit * (1 - minRttMs / rttMs))
  if (queue <= step) return limit + 6 * step
  if (queue < 3 * step) return limit + step
  return queue > 6 * step ? limit - step : limit
}
