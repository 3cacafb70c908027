import type { ServiceParts } from './service-parts.ts'
export interface HealthReport {
  readonly status: 'UP' | 'DEGRADED' | 'DOWN'
}
export async function healthReport(parts: ServiceParts): Promise<HealthReport> {
  await parts.lifecycle.health()
  return { status: 'UP' }
}
