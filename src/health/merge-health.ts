/**
 * The health of several worker processes as one.
 *
 *   phase    ready if one worker is; otherwise starting, draining or stopped, the first of these that any of them is in
 *   status   DOWN if no worker can serve, DEGRADED if some cannot
 *   parts    under `worker` and `worker/part`
 */
import type { HealthStatus } from '../foundation/lifecycle/component.ts'
import type { HealthReport, ReportedHealth } from './health-report.ts'
import type { Phase } from './phase.ts'

/** What one worker says of itself; a worker that does not answer has no report. */
export interface WorkerHealth {
  readonly worker: string
  readonly report: HealthReport | undefined
}

/** @param subject What the set is called; service and version are those of the workers. */
export function mergeHealth(
  subject: Pick<HealthReport, 'service' | 'version'>,
  workers: readonly WorkerHealth[],
  nowMs: number,
): HealthReport {
  return {
    status: mergedStatus(workers),
    ...subject,
    timestamp: new Date(nowMs).toISOString(),
    phase: mergedPhase(workers),
    components: Object.fromEntries(workers.flatMap(partsOf)),
  }
}

/** `DOWN` if no worker can serve, `DEGRADED` if some cannot or some part is not well. */
function mergedStatus(workers: readonly WorkerHealth[]): HealthStatus {
  const statuses = workers.map(({ report }) => report?.status ?? 'DOWN')
  if (statuses.every((status) => status === 'DOWN')) return 'DOWN'
  return statuses.every((status) => status === 'UP') ? 'UP' : 'DEGRADED'
}

/** The set drains as soon as all do, and starts until the first one is ready. */
function mergedPhase(workers: readonly WorkerHealth[]): Phase {
  const phases = workers.map(({ report }) => report?.phase ?? 'stopped')
  for (const phase of ['ready', 'starting', 'draining'] as const) if (phases.includes(phase)) return phase
  return 'stopped'
}

function partsOf({ worker, report }: WorkerHealth): [string, ReportedHealth][] {
  if (report === undefined) return [[worker, { status: 'DOWN', error: 'no answer', critical: false }]]
  const parts = Object.entries(report.components).map(([name, health]): [string, ReportedHealth] => [
    `${worker}/${name}`,
    health,
  ])
  return [[worker, { status: report.status, critical: false }], ...parts]
}
