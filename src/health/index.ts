/**
 * Health: how a service is, for the kubelet, for balancers and for people.
 *
 *   checks ─▶ HealthRegistry (bounded, cached, asked once for many probes) ─▶ healthReport ─▶ /health
 *   phase  ─▶ probeAnswer ─▶ /livez  /readyz  /startupz          several workers ─▶ mergeHealth
 */
export type { HealthCheck } from './health-check.ts'
export { HealthRegistry, type HealthRegistryOptions } from './health-registry.ts'
export {
  type HealthReport,
  healthReport,
  overall,
  type ReportedHealth,
  type ReportSubject,
  reportStatus,
} from './health-report.ts'
export { mergeHealth, type WorkerHealth } from './merge-health.ts'
export { type Phase, type Probe, passes, probeAnswer } from './phase.ts'
export { ReadyFile } from './ready-file.ts'
