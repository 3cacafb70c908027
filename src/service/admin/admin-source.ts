/** AdminSource: what the admin port tells; one process answers for itself, a supervisor for its workers. */

import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import type { HealthReport } from '../health-report.ts'
import type { WarmupRun } from '../warmup.ts'

export interface AdminSource {
  /** False only for what a restart would cure. */
  isAlive(): boolean | Promise<boolean>
  /** False until components have started and warm-up is over. */
  readonly hasStarted: boolean
  /** Whether new requests should come here. */
  readonly isReady: boolean
  health(): Promise<HealthReport>
  metrics(): MetricsSnapshot | Promise<MetricsSnapshot>
  /** @throws ServiceError `WARMUP_FAILED`. */
  warmup(): Promise<readonly WarmupRun[]>
}
