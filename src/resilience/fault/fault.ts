/**
 * Fault: what is to go wrong on purpose, where, for how many, and for how long.
 *
 *   effect    latency · error · abort · slow-body · cut-body
 *   target    side, method, route, upstream, headers, tenant: what is named must fit, what is not named fits all
 *   share     of what fits, chosen by chance
 *   duration  it ends by itself; there is no fault without an end
 *
 * It is plain JSON: the admin endpoint, `genever fault` and the dashboard send it as it stands here.
 */

export interface Fault {
  readonly effect: FaultEffect
  /** Default: every request that the service answers. */
  readonly target?: FaultTarget
  /** Share of what fits that is hit, above 0 and at most 1. Default 1. */
  readonly share?: number
  /** When it ends by itself, in milliseconds from now; at most an hour, unless the service says otherwise. */
  readonly durationMs: number
  /** With the same seed chance decides the same in each process that begins anew. Default: it does not repeat. */
  readonly seed?: number
  /** For those who read the list later, at most 200 characters. */
  readonly reason?: string
}

export type FaultEffect =
  /** The time passes before anything else is done. The deadline holds. */
  | { readonly kind: 'latency'; readonly delay: FaultDelay }
  /** Status from 400 to 599, default 503; code default `FAULT_INJECTED`. */
  | { readonly kind: 'error'; readonly status?: number; readonly code?: string }
  /** The connection is reset without an answer. */
  | { readonly kind: 'abort' }
  /** The answer trickles. Requests only. */
  | { readonly kind: 'slow-body'; readonly bytesPerSecond: number }
  /** The answer breaks off after this share of its bytes, from 0 to below 1; default 0.5. Requests only. */
  | { readonly kind: 'cut-body'; readonly after?: number }

/** At most 60,000 ms in each case. */
export type FaultDelay =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  /** What chance makes negative is 0. */
  | { readonly kind: 'normal'; readonly meanMs: number; readonly deviationMs: number }

/** `requests` are those that the service answers, `calls` those that it makes. */
export type FaultSide = 'requests' | 'calls'

export interface FaultTarget {
  /** Default `requests`. */
  readonly side?: FaultSide
  /** Guards against a mistake: a service with another name refuses the fault. */
  readonly service?: string
  /** Upper-case, such as `POST`. */
  readonly method?: string
  /** The route's pattern or name, such as `/orders/:id`; of a call, the path of its operation. */
  readonly route?: string
  /** The service, or host and port, that is called. Calls only. */
  readonly upstream?: string
  /** Values by lower-case name; `*` is any value. */
  readonly headers?: Readonly<Record<string, string>>
  /** On whose behalf; see `tenantOf`. */
  readonly tenant?: string
}

/** What a fault can be aimed at: one request, or one call. */
export interface FaultSubject {
  readonly side: FaultSide
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** The route's name, which is as good as its pattern. */
  readonly operation?: string | undefined
  readonly upstream?: string | undefined
  /** Host and port of the upstream. */
  readonly host?: string | undefined
  readonly tenant?: string | undefined
  header?(name: string): string | undefined
}

/** Whether the subject is what the target names. */
export function fits(target: FaultTarget, subject: FaultSubject): boolean {
  const { side = 'requests', method, route, upstream, tenant, headers } = target
  if (side !== subject.side) return false
  if (method !== undefined && method !== subject.method) return false
  if (route !== undefined && route !== subject.route && route !== subject.operation) return false
  if (upstream !== undefined && upstream !== subject.upstream && upstream !== subject.host) return false
  if (tenant !== undefined && tenant !== subject.tenant) return false
  return headers === undefined || Object.entries(headers).every(([name, value]) => hasHeader(subject, name, value))
}

function hasHeader(subject: FaultSubject, name: string, expected: string): boolean {
  const value = subject.header?.(name)
  return value !== undefined && (expected === '*' || value === expected)
}
