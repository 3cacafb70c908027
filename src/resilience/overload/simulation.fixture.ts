/**
 * A server with one thread, simulated: what different doors make of the same overload.
 *
 *   arrivals (open loop, exponential gaps) ─▶ kernel ─▶ each turn: read all that came (readMs each) ─▶ door: keep │ turn away
 *                                                  └─ then one job: serviceMs of the thread, then waitMs without it ─▶ answer
 *
 * Nothing happens while the thread works: that is what makes JavaScript different from a server with many threads. A request
 * counts as good if its answer is there within a second of when it was meant to be sent.
 */
import { seededRandom } from '../fault/seeded-random.ts'
import { AdmissionQueue } from './admission-queue.ts'
import { ControlledDelay } from './controlled-delay.ts'
import { InflightShedder } from './inflight-shedder.ts'
import type { Priority } from './priority.ts'
import { VegasLimit } from './vegas-limit.ts'

export interface SimulatedRequest {
  readonly sentMs: number
  readonly priority: Priority
  startedMs: number
  answeredMs: number
  outcome: 'pending' | 'served' | 'shed'
}

export interface Door {
  arrived(request: SimulatedRequest, nowMs: number): void
  /** Who is served next. */
  next(nowMs: number): SimulatedRequest | undefined
  ended(request: SimulatedRequest, nowMs: number, serviceMs: number): void
  /** Nothing was to be done. */
  idled?(idleMs: number): void
}

/** `shed` turns a request away. */
export type OpenDoor = (shed: (request: SimulatedRequest) => void, cpuRatio: () => number) => Door

export interface Scenario {
  readonly door: OpenDoor
  readonly seed: number
  /** Offered load as a multiple of what the server can do. */
  readonly load: number
  readonly serviceMs: number
  /** Time that a request takes without the thread. Default 0. */
  readonly waitMs?: number
  /** Share of requests of high priority. Default 0.1. */
  readonly highShare?: number
  readonly seconds?: number
}

export interface SimulatedResult {
  /** Good answers as a share of what the server can do, at most 1 in the long run. */
  readonly goodput: number
  readonly shedShare: number
  readonly highGood: number
  /** Without the first second, in which a door finds out. */
  readonly servedP99Ms: number
  /** Without the first second, too. */
  readonly shedP99Ms: number
  /** After the load fell to half of capacity: until the last request that was turned away or late. */
  readonly recoveryMs: number
}

/** About what our server needs; see `npm run bench`. */
const readMs = 0.01
const answerMs = 0.01
const patienceMs = 1_000
const calmMs = 4_000
const learningMs = 1_000

export function simulate(scenario: Scenario): SimulatedResult {
  const { serviceMs, load, waitMs = 0, seconds = 5 } = scenario
  const perSecond = 1_000 / (serviceMs + readMs + answerMs)
  const overloadMs = seconds * 1_000
  const requests = arrivals(scenario, perSecond * load, overloadMs, perSecond * 0.5)
  runServer(requests, scenario.door, serviceMs, waitMs)
  const busy = requests.filter(({ sentMs }) => sentMs < overloadMs)
  const calm = requests.filter(({ sentMs }) => sentMs >= overloadMs)
  const high = busy.filter(({ priority }) => priority === 'high')
  const bad = calm.filter((request) => !isGood(request)).map(({ sentMs }) => sentMs - overloadMs)
  const shed = busy.filter(({ outcome }) => outcome === 'shed')
  return {
    goodput: busy.filter(isGood).length / (perSecond * seconds),
    shedShare: shed.length / busy.length,
    highGood: high.filter(isGood).length / Math.max(1, high.length),
    servedP99Ms: p99(busy.filter(({ outcome, sentMs }) => outcome === 'served' && sentMs > learningMs)),
    shedP99Ms: p99(shed.filter(({ sentMs }) => sentMs > learningMs)),
    recoveryMs: Math.max(0, ...bad),
  }
}

function arrivals({ seed, highShare = 0.1 }: Scenario, perSecond: number, overloadMs: number, calmPerSecond: number) {
  const random = seededRandom(seed)
  const requests: SimulatedRequest[] = []
  let nowMs = 0
  while (nowMs < overloadMs + calmMs) {
    const rate = nowMs < overloadMs ? perSecond : calmPerSecond
    nowMs += (-Math.log(1 - random()) * 1_000) / rate
    const priority = random() < highShare ? 'high' : 'normal'
    requests.push({ sentMs: nowMs, priority, startedMs: 0, answeredMs: 0, outcome: 'pending' })
  }
  return requests
}

function runServer(requests: readonly SimulatedRequest[], open: OpenDoor, serviceMs: number, waitMs: number): void {
  let nowMs = 0
  let cpuRatio = 0
  const waiting: { request: SimulatedRequest; endMs: number }[] = []
  const door = open(
    (request) => {
      nowMs += answerMs
      request.outcome = 'shed'
      request.answeredMs = nowMs
    },
    () => cpuRatio,
  )
  const end = (request: SimulatedRequest): void => {
    request.outcome = 'served'
    request.answeredMs = nowMs
    door.ended(request, nowMs, serviceMs)
  }
  for (let at = 0; ; ) {
    const turnMs = nowMs
    while (waiting[0] !== undefined && waiting[0].endMs <= nowMs) {
      const ended = waiting.shift()
      if (ended !== undefined) end(ended.request)
    }
    for (let next = requests[at]; next !== undefined && next.sentMs <= turnMs; next = requests[++at]) {
      nowMs += readMs
      next.startedMs = nowMs
      door.arrived(next, nowMs)
    }
    const request = door.next(nowMs)
    if (request !== undefined) {
      nowMs += serviceMs + answerMs
      if (waitMs > 0) waiting.push({ request, endMs: nowMs + waitMs })
      else end(request)
    }
    const spentMs = nowMs - turnMs
    const idleMs =
      spentMs > 0
        ? 0
        : Math.max(0, Math.min(requests[at]?.sentMs ?? nowMs, waiting[0]?.endMs ?? Number.MAX_VALUE) - nowMs)
    if (at >= requests.length && waiting.length === 0 && request === undefined) return
    if (spentMs === 0) {
      nowMs += Math.max(idleMs, 1e-6)
      door.idled?.(idleMs)
    }
    // An average over about a quarter of a second, as go-zero's.
    const share = 1 - Math.exp(-(spentMs + idleMs) / 250)
    cpuRatio += ((spentMs > 0 ? 1 : 0) - cpuRatio) * share
  }
}

function isGood({ outcome, answeredMs, sentMs }: SimulatedRequest): boolean {
  return outcome === 'served' && answeredMs - sentMs <= patienceMs
}

function p99(requests: readonly SimulatedRequest[]): number {
  const latencies = requests.map(({ answeredMs, sentMs }) => answeredMs - sentMs).sort((a, b) => a - b)
  return latencies[Math.floor(latencies.length * 0.99)] ?? 0
}

/** Everybody is served in order, as a plain server does. */
const none: OpenDoor = () => {
  const queue = new Fifo()
  return { arrived: (request) => queue.push(request), next: () => queue.shift(), ended: () => {} }
}

/** At most 100 wait, in order. */
const boundedFifo: OpenDoor = (shed) => {
  const queue = new Fifo()
  return {
    arrived: (request) => (queue.length < 100 ? queue.push(request) : shed(request)),
    next: () => queue.shift(),
    ended: () => {},
  }
}

/** As many in flight as Vegas allows, in order. */
const vegas: OpenDoor = (shed) => {
  const queue = new Fifo()
  const limit = new VegasLimit({ random: seededRandom(1) })
  let inFlight = 0
  return {
    arrived: (request) => {
      if (inFlight >= limit.limit) return shed(request)
      inFlight++
      queue.push(request)
    },
    next: () => queue.shift(),
    ended: (request, nowMs) => {
      limit.observe({ rttMs: nowMs - request.startedMs, inFlight })
      inFlight--
    },
  }
}

/** As many in flight as go-zero's shedder allows, in order. */
const goZero: OpenDoor = (shed, cpuRatio) => {
  const queue = new Fifo()
  const shedder = new InflightShedder()
  return {
    arrived: (request, nowMs) => (shedder.tryEnter(nowMs, cpuRatio()) ? queue.push(request) : shed(request)),
    next: () => queue.shift(),
    ended: (request, nowMs) => shedder.ended(nowMs, nowMs - request.startedMs),
  }
}

/** By priority; in order until it is overloaded, then the newest first and nobody waits for longer than the controlled delay. */
const controlledDelay: OpenDoor = (shed) => {
  const queue = new AdmissionQueue<SimulatedRequest>({ dropped: shed })
  const delay = new ControlledDelay()
  return {
    arrived: (request, nowMs) => {
      if (queue.length === 0) delay.waiting(nowMs, 0)
      queue.push(request, { nowMs, priority: request.priority, deadlineMs: request.sentMs + patienceMs })
    },
    next: (nowMs) => {
      const maxWaitMs = delay.maxWaitMs(nowMs)
      queue.expire(nowMs, (priority) => (priority === 'high' ? 10 * maxWaitMs : maxWaitMs))
      const next = queue.shift(nowMs, delay.isOverloaded(nowMs) ? 'newest' : 'oldest')
      delay.waiting(nowMs, queue.longestWaitMs(nowMs))
      return next
    },
    ended: (_, __, serviceMs) => delay.served(serviceMs),
    idled: (idleMs) => delay.idled(idleMs),
  }
}

class Fifo {
  readonly #items: SimulatedRequest[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(request: SimulatedRequest): void {
    this.#items.push(request)
  }

  shift(): SimulatedRequest | undefined {
    return this.#items[this.#head] === undefined ? undefined : this.#items[this.#head++]
  }
}

export const doors: Readonly<Record<string, OpenDoor>> = {
  'no door': none,
  'bounded FIFO': boundedFifo,
  Vegas: vegas,
  'go-zero': goZero,
  'controlled delay': controlledDelay,
}
