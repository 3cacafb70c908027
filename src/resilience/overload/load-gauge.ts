/**
 * LoadGauge: is more asked of this thread than it can do?
 *
 *   surplus = arrivals − 1.25 × what could be done meanwhile, never below 0       (CUSUM; Page, Biometrika, 1954)
 *
 *             it is large, has lasted, and still grows
 *   normal ─────────────────────────────────────────────────▶ overloaded
 *     ▲                                                           │
 *     └── a whole window in which less arrived than can be done ──┘
 *
 * The surplus tells overload within a twentieth of a second, or some ten requests' time of 5x and fifty of 2x. A burst is none: its surplus falls as soon
 * as it has come. Nor are clients that wait for their answers before they ask again, however many: as many arrive as
 * are done. Everything is measured in the time that one request holds the thread, so that the same figures fit 50 µs and
 * 50 ms. No clock in it: every call says what time it is.
 *
 * Time passes as well while the machine does something else: then a crowd that would have been read in a moment seems to go on
 * coming. So what has lasted must have lasted in time of the processor, too, where that is known.
 */

/** Share in the average of times of one request, of one that was quicker, and of a millisecond: what takes long is soon believed. */
const requestWeight = 0.05
const quickWeight = 0.2
const msWeight = 0.005
const maxWeight = 0.5
/** A request that takes longer than so many others was perhaps interrupted by somebody else: it counts as these. */
const maxStretch = 4
/** Up to so much more than it can do may arrive for a while. */
const tolerance = 1.25
/** Surplus from which on it is one, in requests and in time. */
const surplusServices = 14
const surplusMs = 50
/** What many clients at once may ask for, who then wait for their answers: no surplus while it is done within this time. */
const crowd = 48
const crowdMs = 400
/** How long it must have lasted, and when it must have been at its largest, in requests. */
const lastingServices = 4
const lastingMs = 50
/** So many times longer is long enough, whatever the processor did: requests that hold the thread for a disk take none of its time. */
const lastingWithoutCpu = 8
/** The first requests of a process are slow: so many, or so much time of the thread, say how long one takes from now on. */
const coldRequests = 200
const coldMs = 2_000
const growingServices = 3
/** A surplus that chance makes every now and then; and how long a larger one is remembered: at 2x it does not grow all the time. */
const burst = 5
const lateServices = 12
/** How long it must be calm. */
const calmServices = 10
const calmMs = 100
const calmShare = 0.95

export interface LoadGaugeOptions {
  /** Time that the processor has given to this thread. Default: unknown, and all time counts as such. */
  readonly cpuMs?: (() => number) | undefined
}

export class LoadGauge {
  /** How long one request holds the thread, on average; 0 before the first. */
  serviceMs = 0
  isOverloaded = false
  #lastMs = 0
  #tookRequests = 0
  #tookMs = 0
  #surplus = 0
  #surplusSinceMs = 0
  /** Time of the processor when the surplus was more than a burst, or undefined. */
  #cpuSinceMs: number | undefined
  #begunSince = 0
  #peak = 0
  #peakMs = 0
  /** Of the window that is being looked at while overloaded. */
  #windowMs = 0
  #windowArrivals = 0
  readonly #cpuMs: (() => number) | undefined

  constructor({ cpuMs }: LoadGaugeOptions = {}) {
    this.#cpuMs = cpuMs
  }

  /** Whether of late more arrives than can be done: it may grow into an overload, or be a burst. */
  isGrowing(nowMs: number): boolean {
    return this.#surplus > burst && this.#peakedWithin(lateServices, nowMs)
  }

  /** Since the last call so many arrived, and so many began. */
  passed(nowMs: number, arrivals: number, begun: number): void {
    const elapsedMs = nowMs - this.#lastMs
    this.#lastMs = nowMs
    if (this.isOverloaded) this.#lookForCalm(nowMs, arrivals)
    else {
      this.#begunSince += begun
      this.#lookForSurplus(nowMs, arrivals - tolerance * Math.max(begun, elapsedMs / this.serviceMs))
    }
  }

  /** So many requests held the thread for so long. */
  took(busyMs: number, count: number): void {
    this.#tookRequests += count
    this.#tookMs += busyMs
    const sampleMs = busyMs / count
    const known = this.serviceMs
    if (known === 0) {
      this.serviceMs = sampleMs
      return
    }
    const weightOfOne = sampleMs < known ? quickWeight : requestWeight
    const weight = Math.min(maxWeight, Math.max(weightOfOne * count, msWeight * busyMs))
    this.serviceMs += (Math.min(sampleMs, known * maxStretch) - known) * weight
  }

  #lookForSurplus(nowMs: number, change: number): void {
    const surplus = this.#surplus + change
    // Not a number before anything was measured.
    if (!(surplus > 0)) {
      this.#surplus = this.#peak = 0
      return
    }
    if (this.#surplus === 0) {
      this.#surplusSinceMs = nowMs
      this.#begunSince = 0
      this.#cpuSinceMs = undefined
    }
    this.#surplus = surplus
    // To read it costs as much as a small request, so not at the first sign.
    if (surplus > burst) this.#cpuSinceMs ??= this.#cpuMs?.()
    if (surplus > this.#peak) {
      this.#peak = surplus
      this.#peakMs = nowMs
    }
    const { serviceMs } = this
    const isLarge = surplus > Math.max(surplusServices, surplusMs / serviceMs, Math.min(crowd, crowdMs / serviceMs))
    const isCold = this.#tookRequests < coldRequests && this.#tookMs < coldMs
    if (isCold || !isLarge || !this.#peakedWithin(growingServices, nowMs)) return
    if (this.#begunSince >= lastingServices && this.#hasLasted(nowMs)) this.#enter(nowMs)
  }

  #hasLasted(nowMs: number): boolean {
    const longMs = Math.max(lastingMs, lastingServices * this.serviceMs)
    const elapsedMs = nowMs - this.#surplusSinceMs
    if (elapsedMs <= longMs || this.#cpuMs === undefined || this.#cpuSinceMs === undefined) return elapsedMs > longMs
    return elapsedMs > longMs * lastingWithoutCpu || this.#cpuMs() - this.#cpuSinceMs > longMs
  }

  #peakedWithin(services: number, nowMs: number): boolean {
    return nowMs - this.#peakMs <= services * this.serviceMs
  }

  #lookForCalm(nowMs: number, arrivals: number): void {
    this.#windowArrivals += arrivals
    const windowMs = nowMs - this.#windowMs
    if (windowMs < Math.max(calmMs, calmServices * this.serviceMs)) return
    this.isOverloaded = this.#windowArrivals * this.serviceMs > calmShare * windowMs
    this.#windowMs = nowMs
    this.#windowArrivals = 0
    this.#surplus = this.#peak = 0
  }

  #enter(nowMs: number): void {
    this.isOverloaded = true
    this.#windowMs = nowMs
    this.#windowArrivals = 0
  }
}
