/** HealthCheck: one part that a service depends on, and how to ask it. */
import type { ComponentHealth } from '../foundation/lifecycle/component.ts'

export interface HealthCheck {
  readonly name: string
  /** Whether the service is useless without it: then `DOWN` makes the service `DOWN`, else `DEGRADED`. Default true. */
  readonly critical?: boolean
  /** Longest time for one answer in milliseconds, then `DOWN`; default 2,000. */
  readonly timeoutMs?: number
  /** Cheap and without side effects. A throw is `DOWN`; `signal` aborts when the time is over. */
  check(signal: AbortSignal): ComponentHealth | Promise<ComponentHealth>
}
