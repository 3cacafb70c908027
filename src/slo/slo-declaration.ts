/** SloDeclaration: the part of a service's declaration that objectives, rules and dashboards are computed from. */

/** What `service.declaration` and `genever inspect` give fits. */
export interface SloDeclaration {
  /** The service; also the `job` under which Prometheus scrapes it, unless a selector says otherwise. */
  readonly name: string
  readonly ports?: { readonly admin: number }
  readonly slo?: DeclaredObjectives
}

export interface DeclaredObjectives {
  /** Share of requests that must not fail with 5xx, such as `0.999`. */
  readonly availability?: number
  /** Largest acceptable latency by percentile, in milliseconds. */
  readonly latency?: { readonly p50Ms?: number; readonly p95Ms?: number; readonly p99Ms?: number }
}
