/**
 * Calls: what the spans of a trace say about who called whom.
 *
 *   client span of gateway ─┬─ has a child, the server span of orders ─▶ gateway → orders, as the caller saw it
 *                           └─ has none ─▶ database │ broker │ service by its address │ somebody outside
 *   server span without a parent ─▶ caller → service
 *   producer ─▶ service → broker      consumer ─▶ broker → service
 */
import type { NodeKind, TopologyEdge } from '../contract/topology.ts'
import type { SpanRow } from '../otlp/spans.ts'

export interface CallNode {
  readonly id: string
  readonly kind: NodeKind
  readonly label: string
  readonly system: string | null
}

export interface SeenCall {
  readonly from: CallNode
  readonly to: CallNode
  readonly kind: TopologyEdge['kind']
  readonly atMs: number
  readonly durationMs: number
  readonly isError: boolean
  readonly traceId: string
}

export const caller: CallNode = { id: 'caller', kind: 'caller', label: 'callers', system: null }

export interface CallsOptions {
  /** All that is known of the trace. */
  readonly spans: readonly SpanRow[]
  /** Those that were not asked about before. */
  readonly fresh: readonly SpanRow[]
  /** The service that listens at `host:port`, where that is known. */
  readonly serviceAt: (address: string) => string | undefined
}

export function callsOf({ spans, fresh, serviceAt }: CallsOptions): SeenCall[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const answered = new Set<string>()
  for (const { kind, parentSpanId } of spans) if (kind === 'server' && parentSpanId !== null) answered.add(parentSpanId)
  return fresh.flatMap((span) => {
    if (span.kind === 'server') return served(span, byId)
    if (span.kind === 'client' && !answered.has(span.spanId)) return [called(span, serviceAt)]
    if (span.kind === 'producer') return [call(span, serviceNode(span), brokerOf(span), 'messaging')]
    if (span.kind === 'consumer') return [call(span, brokerOf(span), serviceNode(span), 'messaging')]
    return []
  })
}

function served(span: SpanRow, byId: ReadonlyMap<string, SpanRow>): SeenCall[] {
  const parent = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId)
  const kind = typeof span.attributes['rpc.system'] === 'string' ? 'rpc' : 'http'
  if (parent === undefined) return [call(span, caller, serviceNode(span), kind)]
  // A server inside of a server is one service in two layers.
  if (parent.kind !== 'client' && parent.source.service === span.source.service) return []
  const asSeen = parent.kind === 'client' ? parent : span
  const seen = call(asSeen, serviceNode(parent), serviceNode(span), kind)
  return [{ ...seen, isError: seen.isError || span.status === 'error' }]
}

function called(span: SpanRow, serviceAt: CallsOptions['serviceAt']): SeenCall {
  const { attributes } = span
  const from = serviceNode(span)
  const system = textOf(attributes, 'db.system.name', 'db.system')
  if (system !== undefined) return call(span, from, databaseOf(span, system), 'database')
  if (textOf(attributes, 'messaging.system') !== undefined) return call(span, from, brokerOf(span), 'messaging')
  const kind = textOf(attributes, 'rpc.system') === undefined ? 'http' : 'rpc'
  const address = addressOf(span)
  const service = textOf(attributes, 'peer.service', 'service.peer.name') ?? serviceAt(address ?? '')
  if (service !== undefined)
    return call(span, from, { id: `service:${service}`, kind: 'service', label: service, system: null }, kind)
  const label = address ?? span.name
  return call(
    span,
    from,
    { id: `external:${label}`, kind: 'external', label, system: null },
    address === undefined ? 'other' : kind,
  )
}

function call(span: SpanRow, from: CallNode, to: CallNode, kind: SeenCall['kind']): SeenCall {
  const { startMs, durationMs, status, traceId } = span
  return { from, to, kind, atMs: startMs, durationMs, isError: status === 'error', traceId }
}

function serviceNode({ source }: SpanRow): CallNode {
  return { id: `service:${source.service}`, kind: 'service', label: source.service, system: null }
}

function databaseOf(span: SpanRow, system: string): CallNode {
  const where = textOf(span.attributes, 'db.namespace', 'db.name') ?? addressOf(span) ?? span.source.service
  // Of a file the folder tells nobody anything, and fits nowhere.
  return { id: `database:${system}/${where}`, kind: 'database', label: where.split('/').at(-1) ?? where, system }
}

function brokerOf({ attributes }: SpanRow): CallNode {
  const system = textOf(attributes, 'messaging.system') ?? 'messages'
  const label = textOf(attributes, 'messaging.destination.name') ?? system
  return { id: `messaging:${system}/${label}`, kind: 'messaging', label, system }
}

function addressOf({ attributes }: SpanRow): string | undefined {
  const host = textOf(attributes, 'server.address', 'net.peer.name')
  const port = attributes['server.port'] ?? attributes['net.peer.port']
  return host === undefined ? undefined : port === undefined ? host : `${host}:${port}`
}

function textOf(attributes: SpanRow['attributes'], ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name]
    if (typeof value === 'string' && value !== '') return value.slice(0, 128)
  }
  return undefined
}
