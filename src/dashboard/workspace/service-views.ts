/**
 * ServiceViews: each service as the dashboard shows it, from all that is known of it.
 *
 *   workspace (state, pid) ─┐
 *   admin port (health) ────┼─▶ view ─ differs from the last one ─▶ `service` event
 *   processes (CPU, memory) ┤
 *   telemetry (rates) ──────┘
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { type ProcessUsage, processUsage } from '../../platform/process-usage.ts'
import type {
  HealthMark,
  HealthReportView,
  RequestRates,
  ServiceDetail,
  ServiceView,
  UsagePoint,
} from '../contract/services.ts'
import type { EventFeed } from '../live/event-feed.ts'
import type { DashboardStore } from '../store/dashboard-store.ts'
import type { AdminClient } from './admin-client.ts'
import type { Workspace, WorkspaceService } from './workspace.ts'

export interface ServiceViewsOptions {
  readonly workspace: Workspace | undefined
  readonly store: DashboardStore
  readonly admin: AdminClient
  readonly events: EventFeed
  readonly clock: Clock
  readonly canControl: boolean
}

/** What is watched of one process. */
interface Watched {
  pid: number | null
  startedAtMs: number | null
  last: { readonly usage: ProcessUsage; readonly atMs: number } | undefined
  readonly points: UsagePoint[]
  report: HealthReportView | null
  told: string
}

const watchMs = 2_000
/** Ten minutes. */
const maxPoints = 300
const noRequests: RequestRates = { perSecond: 0, errorRatio: 0, p50Ms: null, p99Ms: null }

export class ServiceViews {
  readonly #options: ServiceViewsOptions
  readonly #watched = new Map<string, Watched>()
  #cancelTimer: CancelTimer | undefined

  constructor(options: ServiceViewsOptions) {
    this.#options = options
    for (const service of options.workspace?.services ?? []) this.#noteProcess(service)
    options.workspace?.onService((service) => {
      this.#noteProcess(service)
      this.#tell(service.name)
    })
  }

  start(): void {
    this.#schedule()
  }

  stop(): void {
    this.#cancelTimer?.()
  }

  list(): ServiceView[] {
    return this.#names().map((name) => this.#viewOf(name))
  }

  /** @throws ServiceError `UNKNOWN_SERVICE` (404) */
  view(name: string): ServiceView {
    if (this.#names().includes(name)) return this.#viewOf(name)
    throw new ServiceError('UNKNOWN_SERVICE', 'There is no service of that name here.', { status: 404 })
  }

  /** @throws ServiceError `UNKNOWN_SERVICE` (404) */
  async detail(name: string): Promise<ServiceDetail> {
    const view = this.view(name)
    const watched = this.#watched.get(name)
    const report = view.adminUrl === null ? null : await this.#options.admin.health(view.adminUrl)
    return { ...view, health: markOf(report, view), report, usage: watched?.points ?? [] }
  }

  #names(): string[] {
    const { workspace, store } = this.#options
    const own = workspace?.services.map(({ name }) => name) ?? []
    return [...new Set([...own, ...store.seen.keys()])].sort()
  }

  #viewOf(name: string): ServiceView {
    const { workspace, store, clock, canControl } = this.#options
    const service = workspace?.services.find((one) => one.name === name)
    const watched = this.#watched.get(name)
    const seen = store.seen.get(name)
    const point = watched?.points.at(-1)
    const isAlive = service?.pid !== null && service?.pid !== undefined
    return {
      name,
      state: service?.state ?? 'seen',
      health: service?.state === 'ready' ? markOf(watched?.report ?? null, service) : 'UNKNOWN',
      version: seen?.version ?? null,
      pid: service?.pid ?? null,
      url: service?.url ?? null,
      adminUrl: service?.adminUrl ?? null,
      restarts: service?.restarts ?? 0,
      lastExit: service?.lastExit ?? null,
      startedAtMs: isAlive ? (watched?.startedAtMs ?? null) : null,
      cpuCores: isAlive ? (point?.cpuCores ?? null) : null,
      memoryBytes: isAlive ? (point?.memoryBytes ?? null) : null,
      requests: store.graph.rates(clock.now()).get(name) ?? noRequests,
      lastSeenMs: seen?.seenMs ?? null,
      canControl: canControl && service !== undefined,
    }
  }

  #schedule(): void {
    this.#cancelTimer = this.#options.clock.schedule(watchMs, () => void this.#watch().finally(() => this.#schedule()))
  }

  async #watch(): Promise<void> {
    await Promise.all((this.#options.workspace?.services ?? []).map((service) => this.#watchOne(service)))
    for (const name of this.#names()) this.#tell(name)
  }

  async #watchOne(service: WorkspaceService): Promise<void> {
    const watched = this.#noteProcess(service)
    if (service.pid === null) return
    const [usage, report] = await Promise.all([
      processUsage(service.pid).catch(() => undefined),
      service.state === 'ready' ? this.#options.admin.health(service.adminUrl) : null,
    ])
    watched.report = report
    if (usage !== undefined && watched.pid === service.pid) this.#noteUsage(watched, usage)
  }

  #noteProcess({ name, pid }: WorkspaceService): Watched {
    let watched = this.#watched.get(name)
    if (watched === undefined) {
      watched = { pid: null, startedAtMs: null, last: undefined, points: [], report: null, told: '' }
      this.#watched.set(name, watched)
    }
    if (watched.pid !== pid) {
      watched.pid = pid
      watched.startedAtMs = pid === null ? null : this.#options.clock.now()
      watched.last = undefined
      watched.report = null
    }
    return watched
  }

  #noteUsage(watched: Watched, usage: ProcessUsage): void {
    const atMs = this.#options.clock.monotonic()
    const { last } = watched
    watched.last = { usage, atMs }
    if (last === undefined) return
    // A child that ended takes its time with it.
    const cpuCores = Math.max(0, usage.cpuMs - last.usage.cpuMs) / (atMs - last.atMs)
    const point = { atMs: this.#options.clock.now(), cpuCores: Math.round(cpuCores * 1_000) / 1_000 }
    watched.points.push({ ...point, memoryBytes: usage.memoryBytes })
    if (watched.points.length > maxPoints) watched.points.shift()
  }

  #tell(name: string): void {
    const service = this.#viewOf(name)
    const watched = this.#watched.get(name)
    const { lastSeenMs: _changesAllTheTime, ...rest } = service
    const text = JSON.stringify(rest)
    if (watched?.told === text) return
    if (watched !== undefined) watched.told = text
    this.#options.events.publish({ kind: 'service', service })
  }
}

function markOf(report: HealthReportView | null, { state }: { readonly state: string }): HealthMark {
  const status = report?.status
  if (state !== 'ready') return 'UNKNOWN'
  return status === 'UP' || status === 'DEGRADED' || status === 'DOWN' ? status : 'UNKNOWN'
}
