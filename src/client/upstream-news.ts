/**
 * What is said about a service that is called: changes, each once, never each call.
 *
 *   first refusal of an operation ─▶ warn      a success once none was refused for a while ─▶ info
 *   a breaker opens ─▶ warn, closes ─▶ info    a place is ejected ─▶ warn          addresses change ─▶ info
 */
import type { Clock } from '../foundation/clock/clock.ts'
import type { PolicyEvent } from '../resilience/policy-event.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Place } from './place.ts'

/** A service whose addresses cannot be renewed says so once in this time. */
const repeatedAfterMs = 60_000
/** While some calls are refused and some succeed, nothing has changed. */
const calmAfterMs = 5_000

export class UpstreamNews {
  readonly #log: Logger
  readonly #clock: Clock
  /** Operations of which calls are refused, and when the last one was. */
  readonly #refusing = new Map<string, number>()
  #hasMoved = false
  #failedMs = Number.NEGATIVE_INFINITY

  constructor(log: Logger, upstream: string, clock: Clock) {
    this.#log = log.child({ upstream })
    this.#clock = clock
  }

  policyEvent(event: PolicyEvent): void {
    const { key: operation, policy } = event
    if (event.kind === 'opened') this.#log.warn('the breaker opened: calls fail at once', { operation })
    else if (event.kind === 'closed') this.#log.info('the breaker closed: calls go through again', { operation })
    else if (event.kind === 'refused' && policy === 'adaptive-breaker') this.#refused(operation)
  }

  #refused(operation: string): void {
    const isNew = !this.#refusing.has(operation)
    this.#refusing.set(operation, this.#clock.monotonic())
    if (isNew) this.#log.warn('calls are refused, because others have been failing', { operation })
  }

  /** Nearly free while nothing is refused. */
  succeeded(operation: string): void {
    if (this.#refusing.size === 0) return
    const refusedMs = this.#refusing.get(operation)
    if (refusedMs === undefined || this.#clock.monotonic() - refusedMs < calmAfterMs) return
    this.#refusing.delete(operation)
    this.#log.info('calls succeed again', { operation })
  }

  ejected(place: Place, error: unknown): void {
    this.#log.warn('an address does nothing but fail and is left alone for a while', { address: place.url, error })
  }

  moved(places: readonly Place[]): void {
    if (this.#hasMoved) this.#log.info('the service has other addresses', { addresses: places.map(({ url }) => url) })
    this.#hasMoved = true
  }

  addressesFailed(error: unknown): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - this.#failedMs < repeatedAfterMs) return
    this.#failedMs = nowMs
    this.#log.warn('the addresses could not be renewed; the last known ones are used', { error })
  }
}
