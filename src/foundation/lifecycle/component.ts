/** Component: anything that starts, stops and can say how it is. */

export type HealthStatus = 'UP' | 'DEGRADED' | 'DOWN'

export interface ComponentHealth {
  readonly status: HealthStatus
  /** What is wrong, for the operator; no secret. Absent while `UP`. */
  readonly error?: string
  /** How long the check took, in milliseconds, where one was made. */
  readonly latencyMs?: number
  /** Numbers for people, JSON only; no secret. */
  readonly details?: Readonly<Record<string, unknown>>
}

export interface Component {
  /** Unique within a service; shown by probes, logs and the dashboard. */
  readonly name: string
  /** What it is to those who operate it, where commands and pages know its kind: `messaging`, `outbox`, `sagas`. */
  readonly kind?: string
  /** Resolves when the component can do its work. `signal` aborts when the start is given up. */
  start?(signal: AbortSignal): void | Promise<void>
  /** Called first of all on shutdown, before anything is closed: take no new work, finish what is under way. */
  drain?(signal: AbortSignal): void | Promise<void>
  /** Releases everything. `signal` aborts when the time for it is over; what is left then must be dropped. */
  stop?(signal: AbortSignal): void | Promise<void>
  /** Cheap and bounded; absent means `UP` whenever started. */
  health?(signal: AbortSignal): ComponentHealth | Promise<ComponentHealth>
}
