/**
 * StartPace: how many may begin, where requests hold the thread only later, behind an await, and so all begin at once.
 *
 *               the loop is late most of the time
 *   everybody ──────────────────────────────────────────────▶ held: as many as end, fewer while the loop is late, more while it is not
 *       ▲                                                        │
 *       └────────────── nobody had to wait for a while ──────────┘
 *
 * Requests are counted as they end, not while they are there: those that wait for something for an hour take nothing from
 * the others. No clock in it: every look says how long ago the last one was.
 */

/**
 * How late the loop may be. What began together comes back together and then holds the thread in one go, while nothing new can
 * begin; so without some lag the thread would idle until the next have come back.
 */
const lateMs = 250
/** Share of the time in which it must have been late before anybody is held, and over which that is averaged. */
const lateShare = 0.6
const lateAverageMs = 500
/** Looks in a row that find nobody waiting before nobody is held any more. */
const calmLooks = 20
/** Over which lag and the rate of ends are averaged. They come in waves: what began together goes on together. */
const averageMs = 250
const drain = 0.8
const grow = 1.5
/** What was not used is lost, but for so many looks' worth. */
const savedLooks = 2

/** What a look at the loop finds. */
export interface LoopLook {
  /** Since it was planned. */
  readonly elapsedMs: number
  /** How much later it is than it was to be. */
  readonly lagMs: number
  /** Requests that ended since the last look. */
  readonly ended: number
  readonly waiting: number
  readonly inFlight: number
}

export class StartPace {
  isHeld = false
  #lateShare = 0
  #lagMs = 0
  #calmLooks = 0
  #endsPerMs = 0
  #budget = 0

  /** Whether one more may begin; if so, it counts. */
  tryStart(): boolean {
    if (!this.isHeld) return true
    if (this.#budget < 1) return false
    this.#budget--
    return true
  }

  look({ elapsedMs, lagMs, ended, waiting, inFlight }: LoopLook): void {
    const weight = 1 - Math.exp(-elapsedMs / averageMs)
    this.#endsPerMs += (ended / elapsedMs - this.#endsPerMs) * weight
    this.#lagMs += (lagMs - this.#lagMs) * weight
    this.#lateShare += (Number(lagMs > lateMs) - this.#lateShare) * (1 - Math.exp(-elapsedMs / lateAverageMs))
    this.#calmLooks = waiting === 0 && lagMs <= lateMs ? this.#calmLooks + 1 : 0
    if (!this.isHeld && this.#lateShare > lateShare && inFlight > 0) this.isHeld = true
    else if (this.isHeld && this.#calmLooks >= calmLooks) this.isHeld = false
    if (this.isHeld) this.#allow(elapsedMs, this.#lagMs / lateMs, inFlight)
  }

  #allow(elapsedMs: number, lateness: number, inFlight: number): void {
    // Up to the limit it tries for more, the more the less late the loop is: what ended before is no measure of what can be.
    const factor = lateness > 1 ? drain : grow - (grow - 1) * lateness
    const share = this.#endsPerMs * elapsedMs * factor
    this.#budget = Math.min(this.#budget + share, Math.max(1, share * savedLooks))
    // The thread must not stand still because nothing has ended that could say how fast it is.
    if (inFlight === 0 || lateness < 0.5) this.#budget = Math.max(1, this.#budget)
  }
}
