/**
 * TrafficGraph: what flows between whom, and through which routes, kept up with every trace that settles.
 *
 *   settled trace ─▶ callsOf ─▶ edges ─▶ view(window): nodes, rates, cycles, single points
 *                 └▶ server spans ─▶ routes ─▶ rate, errors, duration of each
 */
import type { RedRange, RedRow } from '../contract/metrics.ts'
import type { RequestRates } from '../contract/services.ts'
import type { TopologyEdge, TopologyNode, TopologyView } from '../contract/topology.ts'
import type { SpanRow } from '../otlp/spans.ts'
import { CallStats } from './call-stats.ts'
import { type CallNode, callsOf, type SeenCall } from './calls.ts'
import { cyclesIn } from './cycles.ts'
import { keptMs, RollingStats, slotMs } from './rolling-stats.ts'
import { singlePointsIn } from './single-points.ts'

interface EdgeMeta {
  readonly id: string
  readonly from: CallNode
  readonly to: CallNode
  readonly kind: TopologyEdge['kind']
  latest: { readonly traceId: string; readonly atMs: number }
  failed: { readonly traceId: string; readonly atMs: number } | undefined
}

interface RouteMeta {
  readonly service: string
  readonly method: string
  readonly route: string
}

export interface TrafficGraphOptions {
  /** The service that listens at `host:port`, where that is known. */
  readonly serviceAt: (address: string) => string | undefined
}

const maxInstances = 2_000

export class TrafficGraph {
  readonly #options: TrafficGraphOptions
  readonly #edges = new RollingStats<EdgeMeta>()
  readonly #routes = new RollingStats<RouteMeta>()
  /** When an instance of a service was last heard of. */
  readonly #instances = new Map<string, { readonly service: string; seenMs: number }>()

  constructor(options: TrafficGraphOptions) {
    this.#options = options
  }

  add(spans: readonly SpanRow[], fresh: readonly SpanRow[]): void {
    for (const call of callsOf({ spans, fresh, serviceAt: this.#options.serviceAt })) this.#addCall(call)
    for (const span of fresh) {
      this.#noteInstance(span)
      if (span.kind === 'server' || span.kind === 'consumer') this.#addRoute(span)
    }
  }

  forgetBefore(nowMs: number): void {
    this.#edges.forgetBefore(nowMs)
    this.#routes.forgetBefore(nowMs)
    for (const [key, { seenMs }] of this.#instances) if (seenMs < nowMs - keptMs) this.#instances.delete(key)
  }

  view(nowMs: number, windowMs: number): TopologyView {
    const fromMs = nowMs - Math.min(windowMs, keptMs)
    const found = this.#edges.since(fromMs)
    const seconds = (nowMs - fromMs) / 1_000
    const arrows = found.filter(({ meta }) => isSynchronous(meta)).map(({ meta }) => arrowOf(meta))
    const cycles = cyclesIn(arrows)
    const inCycle = new Set(cycles.flat())
    const edges = found.map(
      ({ meta, stats }): TopologyEdge => ({
        id: meta.id,
        ...arrowOf(meta),
        kind: meta.kind,
        calls: stats.calls,
        ...ratesOf(stats, seconds),
        isInCycle: cycles.some((cycle) => isStep(cycle, meta.from.id, meta.to.id)),
        exampleTraceId: exampleOf(meta, fromMs),
      }),
    )
    const bare = this.#nodesOf(found, fromMs, seconds, inCycle)
    const singlePoints = singlePointsIn(bare, edges)
    const single = new Set(singlePoints.map(({ node }) => node))
    const nodes = bare.map((node) => ({ ...node, isSinglePoint: single.has(node.id) }))
    return { fromMs, toMs: nowMs, nodes, edges, cycles, singlePoints }
  }

  /** Rate, errors and duration of each route, those with the most requests first. */
  red(nowMs: number, { windowMs, service }: { windowMs: number; service: string | undefined }): RedRow[] {
    const fromMs = nowMs - Math.min(windowMs, keptMs)
    const seconds = (nowMs - fromMs) / 1_000
    return this.#routes
      .since(fromMs)
      .filter(({ meta }) => service === undefined || meta.service === service)
      .map(({ meta, stats }) => ({
        ...meta,
        requests: stats.calls,
        perSecond: perSecond(stats, seconds),
        errorRatio: stats.errorRatio,
        p50Ms: stats.quantile(0.5) ?? 0,
        p95Ms: stats.quantile(0.95) ?? 0,
        p99Ms: stats.quantile(0.99) ?? 0,
      }))
      .sort((a, b) => b.requests - a.requests)
  }

  redRange(nowMs: number, { windowMs, ...wanted }: { windowMs: number; service: string } & RouteFilter): RedRange {
    const spanMs = Math.min(windowMs, keptMs)
    const stepMs = Math.max(slotMs, Math.ceil(spanMs / 180 / slotMs) * slotMs)
    const count = Math.ceil(spanMs / stepMs)
    const fromMs = Math.floor(nowMs / slotMs) * slotMs + slotMs - count * stepMs
    const steps = this.#routes.steps((meta) => fits(meta, wanted), { fromMs, stepMs, count })
    return {
      stepMs,
      times: steps.map((_, at) => fromMs + at * stepMs),
      perSecond: steps.map((stats) => perSecond(stats, stepMs / 1_000)),
      errorRatio: steps.map((stats) => (stats.calls === 0 ? null : stats.errorRatio)),
      p50Ms: steps.map((stats) => stats.quantile(0.5)),
      p99Ms: steps.map((stats) => stats.quantile(0.99)),
    }
  }

  /** What each service served within the last minute. */
  rates(nowMs: number, windowMs = 60_000): ReadonlyMap<string, RequestRates> {
    const byService = new Map<string, CallStats>()
    for (const { meta, stats } of this.#routes.since(nowMs - windowMs)) {
      const sum = byService.get(meta.service) ?? new CallStats()
      sum.include(stats)
      byService.set(meta.service, sum)
    }
    return new Map([...byService].map(([service, stats]) => [service, ratesOf(stats, windowMs / 1_000)]))
  }

  #addCall(call: SeenCall): void {
    const id = `${call.from.id} → ${call.to.id} ${call.kind}`
    const example = { traceId: call.traceId, atMs: call.atMs }
    const meta = this.#edges.add(id, call, () => ({
      id,
      from: call.from,
      to: call.to,
      kind: call.kind,
      latest: example,
      failed: undefined,
    }))
    if (meta === undefined) return
    if (call.isError) meta.failed = example
    else meta.latest = example
  }

  #addRoute(span: SpanRow): void {
    const { attributes, source, name } = span
    const route = textOr(attributes['http.route'], name)
    const method = textOr(attributes['http.request.method'], span.kind === 'consumer' ? 'MESSAGE' : '')
    const call = { atMs: span.startMs, durationMs: span.durationMs, isError: span.status === 'error' }
    const { service } = source
    this.#routes.add(`${service}\n${method}\n${route}`, call, () => ({ service, method, route }))
  }

  #noteInstance({ source, startMs }: SpanRow): void {
    const key = `${source.service}\n${source.instance ?? ''}`
    const known = this.#instances.get(key)
    if (known !== undefined) known.seenMs = Math.max(known.seenMs, startMs)
    else if (this.#instances.size < maxInstances) this.#instances.set(key, { service: source.service, seenMs: startMs })
  }

  #nodesOf(
    found: readonly { readonly meta: EdgeMeta; readonly stats: CallStats }[],
    fromMs: number,
    seconds: number,
    inCycle: ReadonlySet<string>,
  ): TopologyNode[] {
    const nodes = new Map<string, { node: CallNode; stats: CallStats }>()
    for (const { meta, stats } of found) {
      for (const node of [meta.from, meta.to]) {
        if (!nodes.has(node.id)) nodes.set(node.id, { node, stats: new CallStats() })
      }
      nodes.get(meta.to.id)?.stats.include(stats)
    }
    return [...nodes.values()].map(({ node, stats }) => {
      const { perSecond, errorRatio, p99Ms } = ratesOf(stats, seconds)
      const instances = node.kind === 'service' ? this.#instancesOf(node.label, fromMs) : 0
      const { id, kind, label, system } = node
      const isInCycle = inCycle.has(id)
      return { id, kind, label, system, perSecond, errorRatio, p99Ms, isInCycle, isSinglePoint: false, instances }
    })
  }

  #instancesOf(service: string, fromMs: number): number {
    return [...this.#instances.values()].filter((known) => known.service === service && known.seenMs >= fromMs).length
  }
}

interface RouteFilter {
  readonly method?: string | undefined
  readonly route?: string | undefined
}

function fits(meta: RouteMeta, wanted: { service: string } & RouteFilter): boolean {
  return (
    meta.service === wanted.service &&
    (wanted.method === undefined || meta.method === wanted.method) &&
    (wanted.route === undefined || meta.route === wanted.route)
  )
}

/** A loop through a broker does not wait for itself. */
function isSynchronous({ kind }: EdgeMeta): boolean {
  return kind === 'http' || kind === 'rpc'
}

function arrowOf({ from, to }: EdgeMeta): { readonly from: string; readonly to: string } {
  return { from: from.id, to: to.id }
}

function isStep(cycle: readonly string[], from: string, to: string): boolean {
  return cycle.some((node, at) => node === from && cycle[(at + 1) % cycle.length] === to)
}

function exampleOf({ latest, failed }: EdgeMeta, fromMs: number): string | null {
  if (failed !== undefined && failed.atMs >= fromMs) return failed.traceId
  return latest.atMs >= fromMs ? latest.traceId : null
}

function ratesOf(stats: CallStats, seconds: number): RequestRates {
  return {
    perSecond: perSecond(stats, seconds),
    errorRatio: stats.errorRatio,
    p50Ms: stats.quantile(0.5),
    p99Ms: stats.quantile(0.99),
  }
}

function perSecond({ calls }: CallStats, seconds: number): number {
  return Math.round((calls / seconds) * 1_000) / 1_000
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise
}
