/**
 * P2C-EWMA: of two hosts by lot, the one with less to do (Mitzenmacher: "The power of two choices in randomized load
 * balancing", 2001; Finagle's peak EWMA).
 *
 *   cost = latency, an average that forgets with time × (calls in flight + 1) ÷ how warm the host is
 *
 * The latency is at least the mean age of the calls in flight: a host that does not answer at all has never been measured.
 *
 * Slow start: a host that has just come is at a tenth of its share, and at its whole after `slowStartMs`.
 * No clock in it: every call says what time it is.
 */
import { checkNumber } from '../bad-policy.ts'

export interface P2cEwmaOptions {
  /** After so long a measurement weighs a third of a new one. Default 10,000. */
  decayMs?: number
  /** Default 10,000; 0 for none. */
  slowStartMs?: number
  random?: () => number
}

export interface HostLoad<H> {
  readonly host: H
  readonly joinedMs: number
  inFlight: number
  /** Sum of the moments when the calls in flight began. */
  begunMs: number
  latencyMs: number
  measuredMs: number
}

const coldestShare = 0.1

export class P2cEwma<H> {
  readonly #decayMs: number
  readonly #slowStartMs: number
  readonly #random: () => number
  #loads: HostLoad<H>[] = []

  constructor({ decayMs = 10_000, slowStartMs = 10_000, random = Math.random }: P2cEwmaOptions = {}) {
    checkNumber('decayMs', decayMs, { min: 1 })
    checkNumber('slowStartMs', slowStartMs, { min: 0 })
    this.#decayMs = decayMs
    this.#slowStartMs = slowStartMs
    this.#random = random
  }

  /** The hosts that there are now. Those that are there at the first time are warm. */
  update(hosts: Iterable<H>, nowMs: number): void {
    const known = new Map(this.#loads.map((load) => [load.host, load]))
    const joinedMs = known.size === 0 ? Number.NEGATIVE_INFINITY : nowMs
    this.#loads = Array.from(
      hosts,
      (host) => known.get(host) ?? { host, joinedMs, inFlight: 0, begunMs: 0, latencyMs: 0, measuredMs: nowMs },
    )
  }

  /** The host for the next call, which counts as in flight until `ended`; undefined if none may be used. */
  begin(nowMs: number, mayUse?: (host: H) => boolean): HostLoad<H> | undefined {
    const usable = mayUse === undefined ? this.#loads : this.#loads.filter(({ host }) => mayUse(host))
    const chosen = usable.length < 2 ? usable[0] : this.#better(usable, nowMs)
    if (chosen !== undefined) {
      chosen.inFlight++
      chosen.begunMs += nowMs
    }
    return chosen
  }

  /** All hosts, with what is known of them. */
  get loads(): readonly HostLoad<H>[] {
    return this.#loads
  }

  /**
   * The call that `begin` counted at `beganMs` is over. `latencyMs` of a failure should be that of a slow call: an error is
   * quick, and must not look like a fast host.
   */
  ended(load: HostLoad<H>, latencyMs: number, nowMs: number, beganMs: number = nowMs - latencyMs): void {
    load.inFlight--
    load.begunMs = load.inFlight === 0 ? 0 : load.begunMs - beganMs
    const keep = load.latencyMs === 0 ? 0 : Math.exp(-(nowMs - load.measuredMs) / this.#decayMs)
    // A peak counts at once; only getting better takes time.
    load.latencyMs = latencyMs > load.latencyMs ? latencyMs : latencyMs + (load.latencyMs - latencyMs) * keep
    load.measuredMs = nowMs
  }

  #better(usable: readonly HostLoad<H>[], nowMs: number): HostLoad<H> | undefined {
    const first = Math.floor(this.#random() * usable.length)
    const step = 1 + Math.floor(this.#random() * (usable.length - 1))
    const [one, other] = [usable[first], usable[(first + step) % usable.length]]
    if (one === undefined || other === undefined) return one ?? other
    return this.#cost(one, nowMs) <= this.#cost(other, nowMs) ? one : other
  }

  #cost({ latencyMs, inFlight, begunMs, joinedMs, measuredMs }: HostLoad<H>, nowMs: number): number {
    const ageMs = inFlight === 0 ? 0 : nowMs - begunMs / inFlight
    // What was slow long ago may be fast by now: it must be asked to find out.
    const remembered = Math.max(1, ageMs, latencyMs * Math.exp(-(nowMs - measuredMs) / this.#decayMs))
    return (remembered * (inFlight + 1)) / warmth(nowMs - joinedMs, this.#slowStartMs)
  }
}

/** From a tenth to 1. */
export function warmth(ageMs: number, slowStartMs: number): number {
  if (ageMs >= slowStartMs) return 1
  return Math.max(coldestShare, ageMs / slowStartMs)
}
