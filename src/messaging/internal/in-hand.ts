/**
 * InHand: holds what a broker sent ahead, and delivers no more of it than may be in hand.
 *
 *   arrived ─▶ queue ─ room, and not paused ─▶ delivered ─ acknowledged │ lost ─▶ room
 */

export interface Arrival {
  /** False once it belongs to somebody else: then it is passed over. */
  isHeld(): boolean
  deliver(): void
}

export class InHand {
  readonly #limit: number
  readonly #queue: Arrival[] = []
  #delivered = 0
  #isPaused = false

  constructor(limit: number) {
    this.#limit = limit
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Those of one lane are delivered in the order in which they are added. */
  add(arrival: Arrival): void {
    this.#queue.push(arrival)
    this.#flow()
  }

  /** So many that were delivered are in hand no more. */
  release(count = 1): void {
    this.#delivered -= count
    this.#flow()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#flow()
  }

  #flow(): void {
    while (!this.#isPaused && this.#delivered < this.#limit) {
      const next = this.#queue.shift()
      if (next === undefined) return
      if (!next.isHeld()) continue
      this.#delivered++
      next.deliver()
    }
  }
}
