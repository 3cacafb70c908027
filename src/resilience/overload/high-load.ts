/**
 * HighLoad: how much of the thread is asked for by those of high priority, so that they may be told apart as long as they are few.
 *
 *   arrivals ─▶ rate, over the last 40 requests' time ─▶ × the time of one ─▶ 1: they alone are as much as can be done
 *
 * No clock in it: every call says what time it is.
 */

/** Over which it is averaged, in requests and at least in time: long enough that half of what can be done never looks like all of it. */
const averageServices = 40
const averageMs = 50
/** Share of that time that must have been seen at least before a rate is believed. */
const minSeen = 0.22

export class HighLoad {
  #perMs = 0
  #lastMs = 0
  #sinceMs = Number.NEGATIVE_INFINITY

  /** Forgets what was before: when an overload begins, an average that remembers the calm would lag behind for long. */
  beginAnew(nowMs: number): void {
    this.#perMs = 0
    this.#sinceMs = nowMs
  }

  arrived(nowMs: number, serviceMs: number): void {
    const overMs = Math.max(averageMs, averageServices * serviceMs)
    this.#perMs = this.#perMs * Math.exp((this.#lastMs - nowMs) / overMs) + 1 / overMs
    this.#lastMs = nowMs
  }

  /** As a share of what can be done. */
  share(nowMs: number, serviceMs: number): number {
    const overMs = Math.max(averageMs, averageServices * serviceMs)
    const seen = Math.max(minSeen, 1 - Math.exp((this.#sinceMs - nowMs) / overMs))
    return (this.#perMs * Math.exp((this.#lastMs - nowMs) / overMs) * serviceMs) / seen
  }
}
