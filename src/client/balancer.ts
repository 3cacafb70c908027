/**
 * Balancer: at which of its places a service is called.
 *
 *   begin ─▶ those that are not ejected ─▶ two by lot ─▶ the one with less to do (P2C-EWMA)
 *   ended ─▶ latency, and whether it was the host's fault ─▶ five failures in a row eject it, at most half of all at once
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { OutlierEjection, type OutlierEjectionOptions } from '../resilience/balancing/outlier-ejection.ts'
import { type HostLoad, P2cEwma, type P2cEwmaOptions } from '../resilience/balancing/p2c-ewma.ts'
import { outcomeOf } from '../resilience/outcome.ts'
import type { Place } from './place.ts'

export interface BalancingOptions extends P2cEwmaOptions, OutlierEjectionOptions {}

export interface PlaceView {
  readonly url: string
  readonly state: 'usable' | 'ejected'
  readonly inFlight: number
  /** An average that forgets with time; 0 before the first answer. */
  readonly latencyMs: number
}

export type PlaceLoad = HostLoad<Place>

export class Balancer {
  readonly #balancing: P2cEwma<Place>
  readonly #ejection: OutlierEjection<Place>
  #places = 0
  /** Until when one of them is ejected; nearly always none is. */
  #ejectingUntilMs = 0

  constructor(options: BalancingOptions = {}) {
    this.#balancing = new P2cEwma(options)
    this.#ejection = new OutlierEjection(options)
  }

  update(places: readonly Place[], nowMs: number): void {
    this.#places = places.length
    this.#balancing.update(places, nowMs)
    this.#ejection.update(places)
  }

  /** Not at `avoided`, where there is another: it has just failed. */
  begin(nowMs: number, avoided?: Place): PlaceLoad {
    const isFiltered = nowMs < this.#ejectingUntilMs || (avoided !== undefined && this.#places > 1)
    const load = isFiltered ? this.#beginAmong(nowMs, avoided) : this.#balancing.begin(nowMs)
    if (load !== undefined) return load
    throw new ServiceError('SERVICE_UNKNOWN', 'There is no address for the service that is called.', { status: 502 })
  }

  #beginAmong(nowMs: number, avoided: Place | undefined): PlaceLoad | undefined {
    const isUsable = (place: Place): boolean => !this.#ejection.isEjected(place, nowMs)
    return (
      this.#balancing.begin(nowMs, (place) => place !== avoided && isUsable(place)) ??
      this.#balancing.begin(nowMs, isUsable) ??
      this.#balancing.begin(nowMs)
    )
  }

  succeeded(load: PlaceLoad, beganMs: number, nowMs: number): void {
    this.#balancing.ended(load, nowMs - beganMs, nowMs, beganMs)
    this.#ejection.succeeded(load.host)
  }

  /** Whether the place was ejected by this. */
  failed(load: PlaceLoad, error: unknown, beganMs: number, nowMs: number): boolean {
    const elapsedMs = nowMs - beganMs
    const usualMs = load.latencyMs
    const outcome = outcomeOf(error)
    const isItsFault = outcome === 'failure' && !isImpatient(error, elapsedMs, usualMs)
    // An error is quick, and must not look like a fast host.
    this.#balancing.ended(load, isItsFault ? Math.max(elapsedMs, 4 * usualMs, 10) : elapsedMs, nowMs, beganMs)
    if (outcome === 'success') this.#ejection.succeeded(load.host)
    if (!isItsFault || !this.#ejection.failed(load.host, nowMs)) return false
    this.#ejectingUntilMs = Math.max(this.#ejectingUntilMs, this.#ejection.ejectedUntilMs(load.host))
    return true
  }

  view(nowMs: number): PlaceView[] {
    return this.#balancing.loads.map(({ host, inFlight, latencyMs }) => ({
      url: host.url,
      state: this.#ejection.isEjected(host, nowMs) ? 'ejected' : 'usable',
      inFlight,
      latencyMs: Math.round(latencyMs * 10) / 10,
    }))
  }
}

/** A caller with less time than an answer usually takes finds no fault with the host. */
function isImpatient(error: unknown, elapsedMs: number, usualMs: number): boolean {
  return error instanceof ServiceError && error.code === 'DEADLINE_EXCEEDED' && elapsedMs < 2 * usualMs
}
