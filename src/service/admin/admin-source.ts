/** AdminSource: what the admin port tells; one process answers for itself, a supervisor for its workers. */
import type { ConfigDescription } from '../../config/describe.ts'
import type { HealthReport } from '../../health/health-report.ts'
import type { Phase } from '../../health/phase.ts'
import type { FaultRegistry } from '../../resilience/fault/fault-registry.ts'
import type { ScheduleView } from '../../schedule/schedule-view.ts'
import type { SloView } from '../../slo/slo-view.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import type { LogLevelSwitch } from '../log-level-switch.ts'
import type { Operations } from '../operations/operations.ts'
import type { WarmupRun } from '../warmup.ts'
import type { DebugAdmin } from './debug-routes.ts'

export interface AdminSource {
  readonly phase: Phase
  /** Whether a critical part cannot do its work. */
  isDown(): Promise<boolean>
  health(): Promise<HealthReport>
  metrics(): MetricsSnapshot | Promise<MetricsSnapshot>
  /** @throws ServiceError `WARMUP_FAILED`. */
  warmup(): Promise<readonly WarmupRun[]>
  /** Every setting in effect and where it comes from; secrets are hidden. */
  config(): ConfigDescription
  readonly logLevel: LogLevelSwitch
  /** The error budgets. */
  slo(): Promise<SloView>
  /** Jobs, their next ticks and their last runs. */
  schedule(): Promise<ScheduleView>
  /** Who has the service fail on purpose; undefined where nobody may. */
  readonly faults?: (() => Promise<FaultRegistry>) | undefined
  /** Who tells what goes on inside; undefined where nobody may look. */
  readonly debug?: DebugAdmin | undefined
  /** Who looks at messages and sagas, and repairs them; undefined where nobody may, or there is nothing of the kind. */
  readonly operations?: (() => Promise<Operations>) | undefined
  /** Takes a line for every change of an operator. */
  readonly operationsLog: Logger
}
