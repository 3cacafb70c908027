/**
 * dashboard: it receives what any program sends as OTLP, and answers questions about it.
 *
 *   prints gateway → orders, 1 call, 1 of them failed
 *   prints critical path: gateway 8 ms, orders 12 ms
 *   prints found by its attribute: POST /checkout, 20 ms, 1 error
 *   prints without the token: 401
 *   ends
 */
import type { TopologyView, TraceSummary, TraceView } from 'genever/dashboard'
import { Dashboard } from 'genever/dashboard'

const dashboard = await Dashboard.start({ port: 0, token: 'only-for-this-example' })

// 1. Two services that say what they did.
const traceId = '0af7651916cd43dd8448eb211c80319c'
const startMs = Date.now()
const span = (
  spanId: string,
  parentSpanId: string,
  kind: number,
  [from, to]: readonly [number, number],
  more: object,
) => ({
  ...{ traceId, spanId, parentSpanId, kind, name: 'POST' },
  startTimeUnixNano: `${startMs + from}000000`,
  endTimeUnixNano: `${startMs + to}000000`,
  ...more,
})
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const of = (service: string, ...spans: object[]) => ({
  resource: { attributes: [attribute('service.name', service)] },
  scopeSpans: [{ spans }],
})
const failed = { code: 2, message: 'out of stock' }
await fetch(`${dashboard.url}/v1/traces`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    resourceSpans: [
      of(
        'gateway',
        span('00f067aa0ba902b7', '', 2, [0, 20], { name: 'POST /checkout', attributes: [attribute('tenant', 'acme')] }),
        span('00f067aa0ba902b8', '00f067aa0ba902b7', 3, [4, 16], {}),
      ),
      of('orders', span('00f067aa0ba902b9', '00f067aa0ba902b8', 2, [4, 16], { name: 'POST /orders', status: failed })),
    ],
  }),
})

// 2. What follows from it. A trace is counted when its spans have been quiet for a second.
const ask = (path: string) => fetch(dashboard.url + path, { headers: { authorization: `Bearer ${dashboard.token}` } })
const read = async <T>(path: string): Promise<T> => (await (await ask(path)).json()) as T

let edge: TopologyView['edges'][number] | undefined
while (edge === undefined) {
  await new Promise((resolve) => setTimeout(resolve, 100))
  edge = (await read<TopologyView>('/api/topology')).edges.find(({ from }) => from === 'service:gateway')
}
console.log(`${name(edge.from)} → ${name(edge.to)}, ${edge.calls} call, ${edge.errorRatio * edge.calls} of them failed`)

const trace = await read<TraceView>(`/api/traces/${traceId}`)
const waitedFor = (service: string) =>
  trace.criticalPath
    .filter(({ spanId }) => trace.tree.find((one) => one.spanId === spanId)?.service === service)
    .reduce((sum, { durationMs }) => sum + durationMs, 0)
console.log(`critical path: gateway ${waitedFor('gateway')} ms, orders ${waitedFor('orders')} ms`)

const { traces } = await read<{ traces: TraceSummary[] }>('/api/traces?attribute=tenant%3Dacme')
for (const found of traces) {
  console.log(`found by its attribute: ${found.name}, ${found.durationMs} ms, ${found.errors} error`)
}
console.log(`without the token: ${(await fetch(`${dashboard.url}/api/traces`)).status}`)
await dashboard.stop()

function name(id: string): string {
  return id.replace('service:', '')
}
