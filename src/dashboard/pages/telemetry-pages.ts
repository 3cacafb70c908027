/** Traces, logs, metrics and topology: what the store knows. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { ServerSentEvent } from '../../http/response/server-sent-event.ts'
import type { Handlers } from '../../http/route.ts'
import type { LogsApi } from '../contract/logs.ts'
import type { MetricsApi } from '../contract/metrics.ts'
import type { TopologyApi } from '../contract/topology.ts'
import type { OperationsView, OperationView, TracesApi } from '../contract/traces.ts'
import { tailOf } from '../live/log-tail.ts'
import type { SpanRow } from '../otlp/spans.ts'
import type { DashboardStore } from '../store/dashboard-store.ts'
import { compareTraces, traceView } from '../store/trace-tree.ts'

const minuteMs = 60_000
/** A tab that was closed is noticed when something is written to it. */
export const heartbeatMs: number = 5_000
const maxOperations = 500
const maxAttributes = 200

export interface TelemetryPagesOptions {
  readonly store: DashboardStore
  readonly now: () => number
  /** Readers of the live tail are limited as those of events. @throws ServiceError `TOO_MANY_READERS` */
  readonly admitReader: () => () => void
}

export function telemetryPages(
  options: TelemetryPagesOptions,
): Handlers<TracesApi & LogsApi & MetricsApi & TopologyApi> {
  const { store, now } = options
  return {
    searchTraces: async (c) => c.json(await store.spans.search(c.query)),
    readTrace: async (c) => {
      const { spans, dropped } = await foundTrace(store, c.params.traceId)
      return c.json(traceView(spans, dropped))
    },
    compareTraces: async (c) => {
      const left = await foundTrace(store, c.params.traceId)
      const right = await foundTrace(store, c.params.other)
      return c.json(compareTraces(left.spans, right.spans))
    },
    listOperations: (c) => c.json(operationsIn(store.spans.recent(), c.query.service)),
    readTopology: (c) => c.json(store.graph.view(now(), c.query.windowMs ?? 5 * minuteMs)),
    ...logPages(options),
    ...metricPages(options),
  }
}

function logPages({ store, admitReader }: TelemetryPagesOptions): Handlers<LogsApi> {
  return {
    searchLogs: async (c) => c.json(await store.logs.search(c.query)),
    tailLogs: (c) => {
      const leave = admitReader()
      const { signal, query } = c
      const afterId = lastEventId(c.raw.header('last-event-id'))
      return c.sse(
        (async function* () {
          try {
            for await (const item of tailOf(store.logs, { filter: query, afterId, signal })) {
              yield item.kind === 'record'
                ? new ServerSentEvent(item.record, { id: String(item.record.id) })
                : new ServerSentEvent({ missed: item.missed }, { event: 'gap' })
            }
          } finally {
            leave()
          }
        })(),
        { heartbeatMs },
      )
    },
  }
}

function metricPages({ store, now }: TelemetryPagesOptions): Handlers<MetricsApi> {
  return {
    listMetrics: (c) => c.json({ metrics: store.metrics.list(c.query.service) }),
    readMetric: (c) => {
      const range = store.metrics.range(c.params.name, c.query, now())
      if (range !== undefined) return c.json(range)
      throw new ServiceError('UNKNOWN_METRIC', 'No service has sent a metric of that name lately.', { status: 404 })
    },
    listRed: (c) => {
      const { windowMs = 5 * minuteMs, service } = c.query
      return c.json({ windowMs, routes: store.graph.red(now(), { windowMs, service }) })
    },
    readRed: (c) => {
      const { windowMs = 15 * minuteMs, method, route } = c.query
      return c.json(store.graph.redRange(now(), { windowMs, service: c.params.name, method, route }))
    },
  }
}

/** The number that a client saw last; undefined for none, and for what is no number of ours. */
export function lastEventId(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}

async function foundTrace(
  store: DashboardStore,
  traceId: string,
): Promise<{ spans: readonly SpanRow[]; dropped: number }> {
  const found = await store.spans.find(traceId)
  if (found !== undefined) return found
  throw new ServiceError('UNKNOWN_TRACE', 'There is no such trace: it has not arrived, or is not kept any more.', {
    status: 404,
  })
}

function operationsIn(spans: Iterable<SpanRow>, service: string | undefined): OperationsView {
  const services = new Set<string>()
  const operations = new Map<string, OperationView>()
  const attributes = new Set<string>()
  for (const { source, name, kind, attributes: own } of spans) {
    services.add(source.service)
    if (service !== undefined && service !== source.service) continue
    if (operations.size < maxOperations) {
      operations.set(`${source.service}\n${name}\n${kind}`, { service: source.service, name, kind })
    }
    for (const key of Object.keys(own)) if (attributes.size < maxAttributes) attributes.add(key)
  }
  const byName = (a: OperationView, b: OperationView): number => (a.service + a.name < b.service + b.name ? -1 : 1)
  return {
    services: [...services].sort(),
    operations: [...operations.values()].sort(byName),
    attributes: [...attributes].sort(),
  }
}
