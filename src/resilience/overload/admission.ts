/**
 * Admission: who may begin, at the door of a server with one thread.
 *
 *   arrives ─▶ nobody waits, and the thread was not held lately ─▶ begins at once, for two comparisons
 *        └──▶ queue ─▶ the loop reads what has come meanwhile ─▶ a slice of them begins ─▶ the loop reads …
 *                 └─▶ overloaded: the newest first; whoever cannot be served soon is turned away
 *
 * While a request holds the thread nothing else happens, and those who arrive lie unread in the kernel. So between two slices
 * the loop is let go to read them: then they are known, and it can be chosen among them. Whether the thread is overloaded, a
 * `LoadGauge` finds out.
 *
 * Requests that hold the thread behind an await have begun long before. So while there are such, a timer looks how late the
 * loop is, and `StartPace` says how many more may begin.
 *
 * A turn is one round of the loop. To know where it ends costs a callback, so only a turn in four of a millisecond is watched,
 * unless somebody waits.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { AdmissionQueue, type AdmissionRequest, type DropReason } from './admission-queue.ts'
import { HighLoad } from './high-load.ts'
import { LoadGauge } from './load-gauge.ts'
import type { Priority } from './priority.ts'
import { StartPace } from './start-pace.ts'

export interface AdmissionOptions<T> {
  /** Begins what has waited; false if it need not be done any more. */
  start(item: T): boolean
  /** Turns it away. */
  drop(item: T, why: DropReason): void
  clock?: Clock
  /** Time that the processor has given to this thread, so that a machine that does something else is not taken for an overload. Default: unknown. */
  cpuMs?: (() => number) | undefined
  /** Calls back behind the events that are ready now. Default: `setImmediate`. */
  afterEvents?: (task: () => void) => unknown
  /** Default 1,000. */
  maxQueued?: number
}

/** How long requests may begin in one turn before the loop reads again. Small ones are sooner done than made to wait: see `benchmarks/overload/door.ts`. */
const sliceMs = 1
const smallSliceMs = 4
const smallMs = 0.05
/** A slice lasts as long as the reading before it, where that took longer: else a flood of small requests would only be read. */
const maxSliceMs = 20
/** How long nobody watches where turns end. */
const freeMs = 0.25
/** How long anybody may wait while it is not overloaded. */
const patienceMs = 2_000
const patienceServices = 20
/** The same while it is: long enough that there is always somebody to serve. */
const targetMs = 5
const targetServices = 1.5
/** Whoever was read first has waited for all the reading. */
const targetReads = 2
/**
 * High priority may wait for longer, the less of the thread it asks for: with half of it, one in a hundred waits for more than
 * three others (M/D/1), and with all of it, any longer wait is only a longer line.
 */
const highServices = 4.6
const fewHigh = 0.78
const manyHigh = 0.88
/** Connections are accepted one in a turn by Node.js, and read in the next one. */
const minReads = 2
const maxReads = 256
/** Reading takes no more time than so many requests, so that a crowd is known whole; under overload it takes a part of one. */
const maxReadShare = 4
const busyReadShare = 0.25

/** How often it is looked how late the loop is. */
const lookMs = 25

export class Admission<T> {
  readonly gauge: LoadGauge
  readonly #pace: StartPace = new StartPace()
  readonly #high: HighLoad = new HighLoad()
  readonly #clock: Clock
  readonly #queue: AdmissionQueue<T>
  readonly #start: (item: T) => boolean
  readonly #afterEvents: (task: () => void) => unknown
  /** Until then everybody begins at once; in the past while somebody waits or a turn is watched. */
  #freeUntilMs = Number.NEGATIVE_INFINITY
  #lastMs = 0
  #isTurnOpen = false
  #turnMs = 0
  #begunInTurn = 0
  #isTurnAwaited = false
  #waitsForPace = false
  #wasOverloaded = false
  /** For how many services high priority may wait. */
  #highServices = highServices
  /** When a turn ended that held the thread for more than a slice. */
  #heldUntilMs = Number.NEGATIVE_INFINITY
  /** Since the gauge was told. */
  #arrivals = 0
  #begun = 0
  #admitted = 0
  /** Began, and go on behind an await. */
  #inFlight = 0
  #ended = 0
  #looksAtMs: number | undefined
  /** Whether anything has begun or ended since the last look. */
  #hasMoved = false
  /** Turns that only read, since the last slice. */
  #reads = 0
  #readSinceMs = 0
  /** How long it took before the last slice. */
  #readMs = 0

  constructor({ start, drop, clock = systemClock, cpuMs, afterEvents = setImmediate, maxQueued }: AdmissionOptions<T>) {
    this.gauge = new LoadGauge({ cpuMs })
    this.#start = start
    this.#clock = clock
    this.#afterEvents = afterEvents
    this.#queue = new AdmissionQueue({ dropped: drop, ...(maxQueued !== undefined && { maxQueued }) })
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Requests that began, since the start. */
  get admitted(): number {
    return this.#admitted + this.#begun
  }

  get isOverloaded(): boolean {
    return this.gauge.isOverloaded
  }

  /** How long somebody of this priority may wait. */
  maxWaitMs(priority: Priority): number {
    const { isOverloaded, serviceMs } = this.gauge
    if (!isOverloaded) return Math.max(patienceMs, patienceServices * serviceMs)
    const shortMs = Math.max(targetMs, targetServices * serviceMs, targetReads * this.#readMs)
    return priority === 'high' ? (shortMs * this.#highServices) / targetServices : shortMs
  }

  /** Whether a request that arrived now may begin at once; if not, `hold` it or turn it away. */
  tryBegin(nowMs: number): boolean {
    this.#arrivals++
    // Requests that came in one piece have the same time, and each of them takes its own.
    if (nowMs >= this.#freeUntilMs || nowMs === this.#lastMs) {
      if (!this.#tryBeginWatched(nowMs)) return false
      this.#begunInTurn++
    }
    this.#lastMs = nowMs
    this.#begun++
    return true
  }

  #tryBeginWatched(nowMs: number): boolean {
    if (this.#queue.length > 0 || this.#pace.isHeld) return false
    const atMs = nowMs === this.#lastMs ? this.#clock.monotonic() : nowMs
    if (this.#isTurnOpen) return atMs - this.#turnMs <= this.#sliceMs
    // It came while the thread was held, and others may have come with it.
    if (atMs - this.#heldUntilMs < this.#sliceMs) return false
    this.#openTurn(atMs)
    this.#awaitTurn()
    return true
  }

  get #sliceMs(): number {
    const { serviceMs } = this.gauge
    return serviceMs > 0 && serviceMs < smallMs ? smallSliceMs : sliceMs
  }

  hold(item: T, request: AdmissionRequest): void {
    if (this.#queue.length === 0) this.#readSinceMs = request.nowMs
    if (request.priority === 'high') this.#high.arrived(request.nowMs, this.gauge.serviceMs)
    this.#queue.push(item, request)
    this.#freeUntilMs = Number.NEGATIVE_INFINITY
    this.#awaitTurn()
  }

  /** One that has begun does not end at once. */
  goesOn(): void {
    this.#inFlight++
    this.#hasMoved = true
    if (this.#looksAtMs === undefined) this.#planLook()
  }

  /** One that went on has ended. */
  ended(): void {
    this.#inFlight--
    this.#ended++
    this.#hasMoved = true
  }

  #planLook(): void {
    this.#looksAtMs = this.#clock.monotonic() + lookMs
    this.#clock.schedule(lookMs, this.#look)
  }

  readonly #look = (): void => {
    const lagMs = Math.max(0, this.#clock.monotonic() - (this.#looksAtMs ?? 0))
    const elapsedMs = lookMs + lagMs
    const ended = this.#ended
    const wasHeld = this.#pace.isHeld
    this.#ended = 0
    this.#looksAtMs = undefined
    this.#pace.look({ elapsedMs, lagMs, ended, waiting: this.#queue.length, inFlight: this.#inFlight })
    // While the thread is never idle, the time for which ends come apart is what a request takes of it.
    if (wasHeld && ended > 0) this.gauge.took(elapsedMs, ended)
    if (this.#pace.isHeld) this.#freeUntilMs = Number.NEGATIVE_INFINITY
    if (this.#queue.length > 0) this.#awaitTurn()
    if (this.#hasMoved || this.#pace.isHeld) this.#planLook()
    this.#hasMoved = false
  }

  #openTurn(nowMs: number): void {
    this.#isTurnOpen = true
    this.#turnMs = nowMs
    this.#begunInTurn = 0
    this.#freeUntilMs = Number.NEGATIVE_INFINITY
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return
    this.#isTurnAwaited = true
    this.#afterEvents(this.#turn)
  }

  readonly #turn = (): void => {
    this.#isTurnAwaited = false
    const nowMs = this.#clock.monotonic()
    const hasArrived = this.#arrivals > 0
    const hasBegun = this.#isTurnOpen
    this.#closeTurn(nowMs)
    if (hasBegun) {
      this.#reads = 0
      this.#readSinceMs = nowMs
    }
    if (this.#queue.length > 0) this.#goOn(nowMs, hasArrived)
    else if (nowMs > this.#heldUntilMs && !this.#pace.isHeld) this.#freeUntilMs = nowMs + freeMs
  }

  #closeTurn(nowMs: number): void {
    const busyMs = this.#isTurnOpen ? nowMs - this.#turnMs : 0
    if (busyMs > this.#sliceMs) this.#heldUntilMs = nowMs
    if (this.#begunInTurn > 0 && !this.#pace.isHeld) this.gauge.took(busyMs, this.#begunInTurn)
    this.gauge.passed(nowMs, this.#arrivals, this.#begun)
    this.#admitted += this.#begun
    this.#isTurnOpen = false
    this.#arrivals = this.#begun = this.#begunInTurn = 0
  }

  #goOn(nowMs: number, hasArrived: boolean): void {
    if (this.#reads < minReads || (hasArrived && this.#mayReadOn(nowMs))) this.#reads++
    else this.#serve(nowMs)
    // A turn that is left open would count the time until the next request as work; whoever waits for the pace waits for the next look.
    if (this.#isTurnOpen || (this.#queue.length > 0 && !this.#waitsForPace)) this.#awaitTurn()
  }

  #mayReadOn(nowMs: number): boolean {
    const share = this.isOverloaded ? busyReadShare : maxReadShare
    return this.#reads < maxReads && nowMs - this.#readSinceMs < share * this.gauge.serviceMs
  }

  #serve(nowMs: number): void {
    this.#readMs = Math.min(maxSliceMs, nowMs - this.#readSinceMs)
    this.#turnAway(nowMs)
    this.#openTurn(nowMs)
    this.#waitsForPace = false
    const order = this.#prefersNewest(nowMs) ? 'newest' : 'oldest'
    const lastsMs = Math.max(this.#sliceMs, this.#readMs)
    const { serviceMs } = this.gauge
    for (let atMs = nowMs; ; atMs = this.#clock.monotonic()) {
      // What a request does behind its first await shows only later, so the average counts as well.
      if (atMs - nowMs > lastsMs || this.#begunInTurn * serviceMs > lastsMs) return
      if (this.#queue.length === 0) return
      if (!this.#pace.tryStart()) {
        this.#waitsForPace = true
        return
      }
      const item = this.#queue.shift(atMs, order)
      if (item === undefined) return
      if (!this.#start(item)) continue
      this.#begun++
      this.#begunInTurn++
    }
  }

  #turnAway(nowMs: number): void {
    if (this.isOverloaded && !this.#wasOverloaded) this.#high.beginAnew(nowMs)
    this.#wasOverloaded = this.isOverloaded
    this.#highServices = servicesOfHigh(this.#high.share(nowMs, this.gauge.serviceMs))
    this.#queue.expire(nowMs, (priority) => this.maxWaitMs(priority))
    if (!this.isOverloaded) return
    const { serviceMs } = this.gauge
    // Those who will not be served in their time need not wait to hear it.
    this.#queue.trim((priority) => Math.max(2, Math.ceil(this.maxWaitMs(priority) / serviceMs)))
  }

  /** A queue that stands and does not grow is served in order: clients that wait for their answers would starve one another. */
  #prefersNewest(nowMs: number): boolean {
    return this.isOverloaded || this.gauge.isGrowing(nowMs)
  }
}

function servicesOfHigh(share: number): number {
  const many = Math.min(1, Math.max(0, (share - fewHigh) / (manyHigh - fewHigh)))
  return highServices - (highServices - targetServices) * many
}
