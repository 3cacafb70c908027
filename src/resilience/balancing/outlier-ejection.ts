/**
 * OutlierEjection: a host that only fails is left alone for a while, as Envoy does it.
 *
 *   healthy ──so many failures in a row──▶ ejected for baseEjectionMs × times it has been ──▶ healthy again, on probation
 *
 * At most a share of the hosts is ejected: when all fail, it is not the hosts, and somebody must be asked.
 * No clock in it: every call says what time it is.
 */
import { checkNumber } from '../bad-policy.ts'

export interface OutlierEjectionOptions {
  /** Default 5. */
  consecutiveFailures?: number
  /** Default 30,000. */
  baseEjectionMs?: number
  /** Default 300,000. */
  maxEjectionMs?: number
  /** Default 0.5; one host may always be ejected if there is another. */
  maxEjectedShare?: number
}

interface HostHealth {
  failures: number
  ejections: number
  untilMs: number
}

export class OutlierEjection<H> {
  readonly #options: Required<OutlierEjectionOptions>
  readonly #health = new Map<H, HostHealth>()

  constructor({
    consecutiveFailures = 5,
    baseEjectionMs = 30_000,
    maxEjectionMs = 300_000,
    maxEjectedShare = 0.5,
  }: OutlierEjectionOptions = {}) {
    checkNumber('consecutiveFailures', consecutiveFailures, { min: 1, whole: true })
    checkNumber('baseEjectionMs', baseEjectionMs, { min: 1 })
    checkNumber('maxEjectionMs', maxEjectionMs, { min: baseEjectionMs })
    checkNumber('maxEjectedShare', maxEjectedShare, { min: 0, max: 1 })
    this.#options = { consecutiveFailures, baseEjectionMs, maxEjectionMs, maxEjectedShare }
  }

  /** The hosts that there are now; what is known of those that stay is kept. */
  update(hosts: Iterable<H>): void {
    const present = new Set(hosts)
    for (const host of this.#health.keys()) if (!present.has(host)) this.#health.delete(host)
    for (const host of present) {
      if (!this.#health.has(host)) this.#health.set(host, { failures: 0, ejections: 0, untilMs: 0 })
    }
  }

  isEjected(host: H, nowMs: number): boolean {
    return (this.#health.get(host)?.untilMs ?? 0) > nowMs
  }

  /** 0 for one that never was. */
  ejectedUntilMs(host: H): number {
    return this.#health.get(host)?.untilMs ?? 0
  }

  succeeded(host: H): void {
    const health = this.#health.get(host)
    if (health === undefined || health.failures === 0) return
    health.failures = 0
    health.ejections = Math.max(0, health.ejections - 1)
  }

  /** Whether the host was ejected by this. */
  failed(host: H, nowMs: number): boolean {
    const health = this.#health.get(host)
    if (health === undefined || health.untilMs > nowMs) return false
    health.failures++
    // Whoever comes back is on probation: its first failure is enough.
    const needed = health.ejections > 0 ? 1 : this.#options.consecutiveFailures
    if (health.failures < needed || !this.#mayEject(nowMs)) return false
    health.ejections++
    health.untilMs = nowMs + Math.min(this.#options.maxEjectionMs, this.#options.baseEjectionMs * health.ejections)
    return true
  }

  #mayEject(nowMs: number): boolean {
    let ejected = 0
    for (const { untilMs } of this.#health.values()) if (untilMs > nowMs) ejected++
    const allowed = Math.max(1, Math.floor(this.#health.size * this.#options.maxEjectedShare))
    return ejected < allowed && this.#health.size > 1
  }
}
