/**
 * ControlledDelay: how long somebody may wait at the door. The queue may be long for a moment; it may not stay so (CoDel's
 * idea, RFC 8289, in the form of "Fail at scale", ACM Queue, 2015).
 *
 *              for a whole interval somebody has waited for longer than the target
 *   normal ───────────────────────────────────────────────────────▶ overloaded
 *     ▲     oldest first, wait up to the interval                       │  newest first, wait up to the target:
 *     └───────────────── the thread idled for a tenth of one ───────────┘  who waits longer hears so at once
 *
 * Target and interval grow with the time that one request holds the thread: with requests of 50 ms everybody waits for longer
 * than 5 ms, and that alone is no overload. No clock in it: every call says what time it is.
 */
import { checkNumber } from '../bad-policy.ts'

export interface ControlledDelayOptions {
  /** Default 5; at least twice the time of a request. */
  targetMs?: number
  /** Default 500; at least twenty times the time of a request. */
  intervalMs?: number
}

/** Share of a new measurement in the average of service times. */
const weight = 0.05
const targetServices = 2
const intervalServices = 20
const idleShare = 0.1

export class ControlledDelay {
  readonly #targetMs: number
  readonly #intervalMs: number
  #serviceMs = 0
  #isOverloaded = false
  /** Since when somebody has been waiting for longer than the target. */
  #lateSinceMs = 0
  /** Of the interval that is being looked at, while overloaded. */
  #startMs = 0
  #idleMs = 0

  constructor({ targetMs = 5, intervalMs = 500 }: ControlledDelayOptions = {}) {
    checkNumber('targetMs', targetMs, { min: 0 })
    checkNumber('intervalMs', intervalMs, { min: targetMs })
    this.#targetMs = targetMs
    this.#intervalMs = intervalMs
  }

  /** Who has waited longest has waited for so long; 0 if nobody waits. */
  waiting(nowMs: number, longestWaitMs: number): void {
    if (longestWaitMs <= this.#shortestMs) this.#lateSinceMs = nowMs
  }

  /** The thread had nothing to do for so long. */
  idled(idleMs: number): void {
    this.#idleMs += idleMs
  }

  /** One request held the thread for so long. */
  served(serviceMs: number): void {
    this.#serviceMs += (serviceMs - this.#serviceMs) * (this.#serviceMs === 0 ? 1 : weight)
  }

  isOverloaded(nowMs: number): boolean {
    const intervalMs = this.#longestMs
    if (!this.#isOverloaded) {
      this.#isOverloaded = nowMs - this.#lateSinceMs > intervalMs
      if (this.#isOverloaded) this.#look(nowMs)
    } else if (nowMs - this.#startMs > intervalMs) {
      this.#isOverloaded = this.#idleMs < idleShare * intervalMs
      this.#look(nowMs)
    }
    return this.#isOverloaded
  }

  maxWaitMs(nowMs: number): number {
    return this.isOverloaded(nowMs) ? this.#shortestMs : this.#longestMs
  }

  get #shortestMs(): number {
    return Math.max(this.#targetMs, targetServices * this.#serviceMs)
  }

  get #longestMs(): number {
    return Math.max(this.#intervalMs, intervalServices * this.#serviceMs)
  }

  #look(nowMs: number): void {
    this.#startMs = nowMs
    this.#idleMs = 0
    this.#lateSinceMs = nowMs
  }
}
