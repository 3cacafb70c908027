/**
 * Layout of the topology: dagre puts nodes into ranks so that calls point one way, and routes the edges around them.
 *
 *   nodes, edges ─▶ dagre ─▶ a box for each node, points for each edge, the size of the whole
 *
 * Only who calls whom decides; figures may change without anything moving.
 */
import { layout as dagreLayout, Graph } from '@dagrejs/dagre'
import type { TopologyEdge, TopologyNode } from '../../../../src/dashboard/contract/topology.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface PlacedNode extends Point {
  readonly id: string
  readonly width: number
  readonly height: number
}

export interface PlacedEdge {
  readonly id: string
  readonly points: readonly Point[]
  /** Where its label stands. */
  readonly label: Point
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly nodes: ReadonlyMap<string, PlacedNode>
  readonly edges: ReadonlyMap<string, PlacedEdge>
}

export const nodeSize = { width: 152, height: 54 }
const labelSize = { width: 84, height: 34 }

export interface LayoutInput {
  readonly nodes: readonly Pick<TopologyNode, 'id'>[]
  readonly edges: readonly Pick<TopologyEdge, 'id' | 'from' | 'to'>[]
  /** From left to right on a wide screen, from top to bottom on a narrow one. */
  readonly direction: 'LR' | 'TB'
}

export function layoutOf({ nodes, edges, direction }: LayoutInput): Layout {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({
    rankdir: direction,
    nodesep: 26,
    ranksep: direction === 'LR' ? 30 : 24,
    edgesep: 16,
    marginx: 16,
    marginy: 16,
  })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { ...nodeSize })
  for (const { id, from, to } of edges) graph.setEdge(from, to, { ...labelSize, labelpos: 'c' }, id)
  dagreLayout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    width,
    height,
    nodes: new Map(nodes.map(({ id }) => [id, placedNode(graph, id)])),
    edges: new Map(edges.map((edge) => [edge.id, placedEdge(graph, edge)])),
  }
}

function placedNode(graph: Graph, id: string): PlacedNode {
  const { x, y } = graph.node(id)
  return { id, x, y, ...nodeSize }
}

function placedEdge(
  graph: Graph,
  { id, from, to }: { readonly id: string; readonly from: string; readonly to: string },
): PlacedEdge {
  const { points, x, y } = graph.edge(from, to, id)
  return { id, points, label: { x, y } }
}

/** A smooth path through the points: straight to the middle between two, curved around each. */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return ''
  let path = `M${first.x.toFixed(1)},${first.y.toFixed(1)}`
  for (const [at, point] of rest.slice(0, -1).entries()) {
    const next = rest[at + 1] ?? last
    path += `Q${point.x.toFixed(1)},${point.y.toFixed(1)} ${((point.x + next.x) / 2).toFixed(1)},${((point.y + next.y) / 2).toFixed(1)}`
  }
  return `${path}L${last.x.toFixed(1)},${last.y.toFixed(1)}`
}
