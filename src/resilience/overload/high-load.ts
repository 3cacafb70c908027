/**
 * HighLoad: how much of the thread is asked for by those of high priority, so that they may be told apart as long as they are few.
 *
 *   arrivals ─▶ rate, over the last 30 requests' time ─▶ × the time of one ─▶ 1: they alone are as much as can be done
 *
 * No clock in it: every call says what time it is.
 */

/** Over which it is averaged, in requests and at least in time: long enough that half of what can be done never looks like all of it. */
const averageServices = 30
const averageMs = 50

export class HighLoad {
  #perMs = 0
  #lastMs = 0

  arrived(nowMs: number, serviceMs: number): void {
    const overMs = Math.max(averageMs, averageServices * serviceMs)
    this.#perMs = this.#perMs * Math.exp((this.#lastMs - nowMs) / overMs) + 1 / overMs
    this.#lastMs = nowMs
  }

  /** As a share of what can be done. */
  share(nowMs: number, serviceMs: number): number {
    const overMs = Math.max(averageMs, averageServices * serviceMs)
    return this.#perMs * Math.exp((this.#lastMs - nowMs) / overMs) * serviceMs
  }
}
