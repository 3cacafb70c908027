/**
 * DashboardStore: everything that is kept, and what follows from it.
 *
 *   spans ──▶ SpanStore ─settled─▶ TrafficGraph ─▶ topology, routes, rates
 *   logs ───▶ LogStore                └─▶ `trace` events
 *   points ─▶ MetricStore, MetricBlocks
 *
 * One timer settles and writes, another one forgets.
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import type { SqlDatabase } from '../../platform/sql.ts'
import type { StoreView } from '../contract/session.ts'
import { TrafficGraph } from '../graph/traffic-graph.ts'
import type { EventFeed } from '../live/event-feed.ts'
import type { LogRow } from '../otlp/log-records.ts'
import type { MetricPoint } from '../otlp/metric-points.ts'
import type { SpanRow } from '../otlp/spans.ts'
import { BlockFile } from './block-file.ts'
import { LogStore } from './log-store.ts'
import { MetricBlocks } from './metric-blocks.ts'
import { keptMs, MetricStore } from './metric-store.ts'
import { SpanStore } from './span-store.ts'

export interface DashboardStoreOptions {
  readonly sql: SqlDatabase
  readonly clock: Clock
  readonly events: EventFeed
  /** The service that listens at `host:port`, where that is known. */
  readonly serviceAt: (address: string) => string | undefined
  /** Of the file. */
  readonly maxBytes: number
  readonly maxAgeMs: number
  /** Told of what went wrong in the background. */
  onFault(error: unknown): void
}

export interface SeenService {
  readonly version: string | null
  readonly seenMs: number
  /** Whether its logs come by OTLP. */
  readonly sendsLogs: boolean
}

const tickMs = 250
const forgetMs = 30_000
const maxSeen = 500
/** What the file is for. */
const shares = { spans: 0.6, logs: 0.25, metrics: 0.15 }

export class DashboardStore {
  readonly spans: SpanStore
  readonly logs: LogStore
  readonly metrics: MetricStore = new MetricStore()
  readonly graph: TrafficGraph
  readonly rejected = { spans: 0, logs: 0, points: 0 }
  readonly #options: DashboardStoreOptions
  readonly #spanBlocks: BlockFile
  readonly #logBlocks: BlockFile
  readonly #metricBlocks: MetricBlocks
  readonly #seen = new Map<string, SeenService>()
  #cancelTick: CancelTimer | undefined
  #forgottenMs: number

  constructor(options: DashboardStoreOptions) {
    const { sql, clock, events, maxBytes, maxAgeMs, serviceAt } = options
    this.#options = options
    this.#spanBlocks = new BlockFile(sql, 'span_blocks', { maxBytes: maxBytes * shares.spans, maxAgeMs })
    this.#logBlocks = new BlockFile(sql, 'log_blocks', { maxBytes: maxBytes * shares.logs, maxAgeMs })
    this.graph = new TrafficGraph({ serviceAt })
    this.spans = new SpanStore({
      blocks: this.#spanBlocks,
      clock,
      onSettled: (spans, fresh, trace) => {
        this.graph.add(spans, fresh)
        events.publish({ kind: 'trace', trace })
        events.hint('topology', clock.monotonic())
      },
    })
    this.logs = new LogStore({ blocks: this.#logBlocks, clock })
    const metricLimits = { maxBytes: maxBytes * shares.metrics, maxAgeMs: keptMs }
    this.#metricBlocks = new MetricBlocks({ blocks: new BlockFile(sql, 'metric_blocks', metricLimits), clock })
    for (const points of this.#metricBlocks.restore(clock.now() - keptMs)) this.metrics.add(points)
    this.#forgottenMs = clock.monotonic()
  }

  start(): void {
    this.#cancelTick = this.#options.clock.schedule(tickMs, () => this.#tick())
  }

  /** Writes what is left. */
  stop(): void {
    this.#cancelTick?.()
    this.spans.flush()
    this.logs.flush()
    this.#metricBlocks.flush()
    this.#options.sql.close()
  }

  addSpans(rows: readonly SpanRow[]): void {
    this.spans.add(rows)
    for (const { source } of rows) this.#noteSeen(source.service, source.version)
  }

  addLogs(rows: readonly LogRow[]): void {
    this.logs.add(rows)
    for (const { service, source } of rows) if (source === 'otlp') this.#noteSeen(service, null, true)
    this.#options.events.hint('logs', this.#options.clock.monotonic())
  }

  addPoints(points: readonly MetricPoint[]): void {
    this.metrics.add(points)
    this.#metricBlocks.add(points)
    for (const { service } of points) this.#noteSeen(service, null)
    this.#options.events.hint('metrics', this.#options.clock.monotonic())
  }

  /** Services that have sent something, by name. */
  get seen(): ReadonlyMap<string, SeenService> {
    return this.#seen
  }

  view(): StoreView {
    const { maxBytes, maxAgeMs, clock } = this.#options
    const oldest = [this.#spanBlocks.oldestMs, this.#logBlocks.oldestMs].filter((at) => at !== undefined)
    return {
      spans: this.spans.spans,
      logs: this.logs.records,
      series: this.metrics.series,
      points: this.metrics.points,
      bytes: this.#spanBlocks.bytes + this.#logBlocks.bytes + this.#metricBlocks.bytes + this.metrics.bytes,
      maxBytes,
      rejected: {
        spans: this.rejected.spans + this.spans.dropped,
        logs: this.rejected.logs,
        points: this.rejected.points + this.metrics.rejected,
      },
      oldestMs: oldest.length === 0 ? null : Math.min(...oldest, clock.now()),
      maxAgeMs,
    }
  }

  #noteSeen(service: string, version: string | null, sendsLogs = false): void {
    const known = this.#seen.get(service)
    if (known === undefined && this.#seen.size >= maxSeen) return
    this.#seen.set(service, {
      version: version ?? known?.version ?? null,
      seenMs: this.#options.clock.now(),
      sendsLogs: sendsLogs || known?.sendsLogs === true,
    })
  }

  #tick(): void {
    const { clock, onFault } = this.#options
    try {
      this.spans.tick()
      this.logs.tick()
      this.#metricBlocks.tick()
      if (clock.monotonic() - this.#forgottenMs >= forgetMs) this.#forget()
    } catch (error) {
      onFault(error)
    }
    this.#cancelTick = clock.schedule(tickMs, () => this.#tick())
  }

  #forget(): void {
    const nowMs = this.#options.clock.now()
    this.#forgottenMs = this.#options.clock.monotonic()
    this.#spanBlocks.forgetBefore(nowMs)
    this.#logBlocks.forgetBefore(nowMs)
    this.metrics.forgetBefore(nowMs)
    this.#metricBlocks.forgetBefore(nowMs)
    this.graph.forgetBefore(nowMs)
  }
}
