/** HealthReport: how a service is, in one answer. What `/health` sends. */
import type { ComponentHealth, HealthStatus } from '../foundation/lifecycle/component.ts'
import type { Phase } from './phase.ts'

export interface HealthReport {
  readonly status: HealthStatus
  readonly service: string
  readonly version: string
  /** RFC 3339, with milliseconds. */
  readonly timestamp: string
  readonly phase: Phase
  readonly components: Readonly<Record<string, ReportedHealth>>
}

export interface ReportedHealth extends ComponentHealth {
  readonly critical: boolean
}

export interface ReportSubject {
  readonly service: string
  readonly version: string
  readonly phase: Phase
  /** Wall time in milliseconds since the Unix epoch. */
  readonly nowMs: number
}

export function healthReport(
  subject: ReportSubject,
  components: Readonly<Record<string, ReportedHealth>>,
): HealthReport {
  const { service, version, phase, nowMs } = subject
  const status = phase === 'starting' || phase === 'stopped' ? 'DOWN' : overall(Object.values(components))
  return { status, service, version, timestamp: new Date(nowMs).toISOString(), phase, components }
}

/** 503 when down, so that a balancer that only reads the status understands it. */
export function reportStatus(report: Pick<HealthReport, 'status'>): 200 | 503 {
  return report.status === 'DOWN' ? 503 : 200
}

/** The worst of the critical parts; what is not critical takes no more than the best mark away. */
export function overall(parts: readonly ReportedHealth[]): HealthStatus {
  if (parts.some(({ critical, status }) => critical && status === 'DOWN')) return 'DOWN'
  return parts.some(({ status }) => status !== 'UP') ? 'DEGRADED' : 'UP'
}
