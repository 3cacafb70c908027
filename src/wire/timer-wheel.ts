/**
 * TimerWheel: the deadlines of many connections on one timer.
 *
 *   slots   [ ] [ a b ] [ ] [ c ] …      each tick empties one slot: whose time has come is called, the others move on
 *
 * Coarse and cheap: a deadline that moves later costs one assignment, because the timer stays in its slot until that
 * comes up. A timeout fires at most one tick early and, while the process keeps up, never late. When the process was
 * blocked, the wheel does not catch up: time in which nobody could be heard is not held against a peer.
 * It ticks only while there is something to wait for.
 */
import type { Clock } from '../foundation/clock/clock.ts'

export interface Timed {
  /** The timer armed last has run out. */
  timedOut(): void
}

/** What a connection keeps for its one deadline at a time. */
export class WheelTimer {
  readonly owner: Timed
  /** Tick at which it runs out; Infinity while disarmed. */
  dueTick: number = Number.POSITIVE_INFINITY
  /** Tick at which its slot comes up; Infinity while in none. */
  slotTick: number = Number.POSITIVE_INFINITY
  previous: WheelTimer | undefined
  next: WheelTimer | undefined

  constructor(owner: Timed) {
    this.owner = owner
  }
}

const slotCount = 512
/** Ticks that are made up for after a delay; beyond, the wheel forgets the delay. */
const maxLateTicks = 4

export class TimerWheel {
  readonly #clock: Clock
  readonly #tickMs: number
  readonly #slots: (WheelTimer | undefined)[] = Array<WheelTimer | undefined>(slotCount).fill(undefined)
  #tick = 0
  #timers = 0
  #isTicking = false
  #nextTickMs = 0

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock
    this.#tickMs = tickMs
  }

  /** Lets `timer` run out in `delayMs`, instead of whatever it was set to. */
  arm(timer: WheelTimer, delayMs: number): void {
    timer.dueTick = this.#tick + Math.max(1, Math.ceil(delayMs / this.#tickMs))
    if (timer.slotTick <= timer.dueTick) return
    this.#unlink(timer)
    this.#link(timer)
  }

  /** It stays in its slot, to be dropped or armed again by the time that comes up. */
  disarm(timer: WheelTimer): void {
    timer.dueTick = Number.POSITIVE_INFINITY
  }

  /** Disarms for good. */
  remove(timer: WheelTimer): void {
    this.disarm(timer)
    this.#unlink(timer)
  }

  #link(timer: WheelTimer): void {
    timer.slotTick = Math.min(timer.dueTick, this.#tick + slotCount - 1)
    const slot = timer.slotTick % slotCount
    const first = this.#slots[slot]
    timer.next = first
    timer.previous = undefined
    if (first !== undefined) first.previous = timer
    this.#slots[slot] = timer
    this.#timers++
    if (!this.#isTicking) this.#startTicking()
  }

  #unlink(timer: WheelTimer): void {
    if (timer.slotTick === Number.POSITIVE_INFINITY) return
    if (timer.previous !== undefined) timer.previous.next = timer.next
    else this.#slots[timer.slotTick % slotCount] = timer.next
    if (timer.next !== undefined) timer.next.previous = timer.previous
    timer.previous = timer.next = undefined
    timer.slotTick = Number.POSITIVE_INFINITY
    this.#timers--
  }

  #startTicking(): void {
    this.#isTicking = true
    this.#nextTickMs = this.#clock.monotonic() + this.#tickMs
    this.#scheduleTick()
  }

  #scheduleTick(): void {
    this.#clock.schedule(this.#nextTickMs - this.#clock.monotonic(), this.#onTick)
  }

  readonly #onTick = (): void => {
    this.#tick++
    this.#emptySlot(this.#tick % slotCount)
    if (this.#timers === 0) {
      this.#isTicking = false
      return
    }
    const nowMs = this.#clock.monotonic()
    this.#nextTickMs += this.#tickMs
    if (nowMs - this.#nextTickMs > maxLateTicks * this.#tickMs) this.#nextTickMs = nowMs
    this.#scheduleTick()
  }

  #emptySlot(slot: number): void {
    for (let timer = this.#slots[slot]; timer !== undefined; timer = this.#slots[slot]) {
      this.#unlink(timer)
      if (timer.dueTick <= this.#tick) {
        this.disarm(timer)
        timer.owner.timedOut()
      } else if (timer.dueTick !== Number.POSITIVE_INFINITY) this.#link(timer)
    }
  }
}
