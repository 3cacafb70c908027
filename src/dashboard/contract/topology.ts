/** Topology: who calls whom, from the spans of a window of time. */
import { get } from '../../api/define-api.ts'
import { answer, object } from '../../schema/shape.ts'
import type { Asked, Get } from './operations.ts'
import { type WindowQuery, windowMs } from './query.ts'

/** `caller`: whoever calls a service from outside, such as a browser; there is one such node. */
export type NodeKind = 'service' | 'database' | 'messaging' | 'external' | 'caller'

export interface TopologyNode {
  /** Stable between answers, such as `service:orders` or `database:sqlite/orders`. */
  readonly id: string
  readonly kind: NodeKind
  readonly label: string
  /** Of a database or a broker, such as `postgresql`. */
  readonly system: string | null
  /** What it served within the window, all edges together. */
  readonly perSecond: number
  readonly errorRatio: number
  readonly p99Ms: number | null
  /** Whether it is a part of a cycle of calls. */
  readonly isInCycle: boolean
  /** Whether others lose their way to something without it, and it runs once. */
  readonly isSinglePoint: boolean
  /** Processes that sent telemetry within the window; 0 where it cannot be told. */
  readonly instances: number
}

export interface TopologyEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly kind: 'http' | 'rpc' | 'database' | 'messaging' | 'other'
  readonly calls: number
  readonly perSecond: number
  readonly errorRatio: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly isInCycle: boolean
  /** A trace that went this way lately: one that failed, if there is any. */
  readonly exampleTraceId: string | null
}

export interface SinglePoint {
  readonly node: string
  /** Who reaches what only through it, such as `gateway reaches users only through orders`. */
  readonly why: string
}

export interface TopologyView {
  readonly fromMs: number
  readonly toMs: number
  readonly nodes: readonly TopologyNode[]
  readonly edges: readonly TopologyEdge[]
  /** Each as ids of nodes, the first one not repeated at the end. */
  readonly cycles: readonly (readonly string[])[]
  readonly singlePoints: readonly SinglePoint[]
}

export type TopologyApi = {
  /** Default window: the last five minutes. */
  readonly readTopology: Get<'/api/topology', TopologyView, Asked<'query', WindowQuery>>
}

export const topologyApi: TopologyApi = {
  readTopology: get('/api/topology', { query: object({ windowMs }), responses: { 200: answer() } }),
}
