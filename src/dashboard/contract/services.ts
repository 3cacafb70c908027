/** Services: what runs, how it is, what it says, and stopping and starting it. */
import { get, post } from '../../api/define-api.ts'
import { answer, integer, object, optional } from '../../schema/shape.ts'
import type { Asked, ByName, Get, Post } from './operations.ts'
import { limit, ServiceName } from './query.ts'

/** `seen`: nothing is known but the telemetry that it sends, because no orchestrator of ours runs it. */
export type DashboardServiceState = 'waiting' | 'starting' | 'ready' | 'crashed' | 'stopping' | 'stopped' | 'seen'

export type HealthMark = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN'

export interface ServiceView {
  readonly name: string
  readonly state: DashboardServiceState
  /** Of the latest `/health`; `UNKNOWN` where there is no admin port to ask. */
  readonly health: HealthMark
  readonly version: string | null
  readonly pid: number | null
  /** Where it serves; null for one that is only seen. */
  readonly url: string | null
  readonly adminUrl: string | null
  readonly restarts: number
  /** How the latest process ended, such as `exit code 1`. */
  readonly lastExit: string | null
  /** When the present process was launched. */
  readonly startedAtMs: number | null
  /** Of its processes, in cores: 1.5 is one and a half of them; null until measured twice. */
  readonly cpuCores: number | null
  /** Resident memory of its processes. */
  readonly memoryBytes: number | null
  /** Requests that it served in the last minute, from its server spans. */
  readonly requests: RequestRates
  /** When telemetry of it came last. */
  readonly lastSeenMs: number | null
  /** Whether stop, start and restart are possible. */
  readonly canControl: boolean
}

export interface RequestRates {
  readonly perSecond: number
  /** From 0 to 1; 0 without requests. */
  readonly errorRatio: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export interface ServiceDetail extends ServiceView {
  /** The body of `/health`, null if it could not be had. */
  readonly report: HealthReportView | null
  /** The last ten minutes, every two seconds, ascending. */
  readonly usage: readonly UsagePoint[]
}

export interface HealthReportView {
  readonly status: string
  readonly phase: string
  readonly timestamp: string
  readonly components: Readonly<Record<string, ComponentHealthView>>
}

export interface ComponentHealthView {
  readonly status: string
  readonly critical: boolean
  readonly error?: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface UsagePoint {
  readonly atMs: number
  readonly cpuCores: number
  readonly memoryBytes: number
}

export interface OutputLine {
  /** Grows with each line of the workspace. */
  readonly id: number
  readonly atMs: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

export interface OutputQuery {
  /** Default 200. */
  readonly limit?: number | undefined
  /** Id of the line that the answer ends before; default: the latest. */
  readonly before?: number | undefined
}

export type ServicesApi = {
  /** By name: those of the workspace, and any other that sends telemetry. */
  readonly listServices: Get<'/api/services', { readonly services: readonly ServiceView[] }>
  /** 404 `UNKNOWN_SERVICE`, as all operations on one service. */
  readonly readService: Get<'/api/services/:name', ServiceDetail, ByName>
  /** What it wrote, ascending; the last 1,000 lines are kept. */
  readonly readOutput: Get<
    '/api/services/:name/output',
    { readonly lines: readonly OutputLine[] },
    ByName & Asked<'query', OutputQuery>
  >
  /** 202 once it was told; what becomes of it follows by `watch`. 403 `ACTIONS_DISABLED` where `canControl` is false. */
  readonly stopService: Post<'/api/services/:name/stop', 202, ServiceView, ByName>
  readonly startService: Post<'/api/services/:name/start', 202, ServiceView, ByName>
  readonly restartService: Post<'/api/services/:name/restart', 202, ServiceView, ByName>
}

export const servicesApi: ServicesApi = {
  listServices: get('/api/services', { responses: { 200: answer() } }),
  readService: get('/api/services/:name', { params: ServiceName, responses: { 200: answer() } }),
  readOutput: get('/api/services/:name/output', {
    params: ServiceName,
    query: object({ limit, before: optional(integer({ min: 0 })) }),
    responses: { 200: answer() },
  }),
  stopService: post('/api/services/:name/stop', { params: ServiceName, responses: { 202: answer() } }),
  startService: post('/api/services/:name/start', { params: ServiceName, responses: { 202: answer() } }),
  restartService: post('/api/services/:name/restart', { params: ServiceName, responses: { 202: answer() } }),
}
