/**
 * Single points of failure: what runs once, and without which others cannot be reached or cannot work.
 *
 *   caller → gateway → orders → users        without gateway nobody reaches orders and users
 *   orders → database ← users                both need it
 */
import type { SinglePoint, TopologyEdge, TopologyNode } from '../contract/topology.ts'

type Node = Pick<TopologyNode, 'id' | 'kind' | 'label' | 'instances'>
type Edge = Pick<TopologyEdge, 'from' | 'to'>

export function singlePointsIn(nodes: readonly Node[], edges: readonly Edge[]): SinglePoint[] {
  const entries = entriesOf(nodes, edges)
  const all = reachable(entries, edges, undefined)
  return nodes.flatMap((node): SinglePoint[] => {
    if (node.instances > 1 || node.kind === 'caller' || node.kind === 'external') return []
    const why = node.kind === 'service' ? lostWithout(node, nodes, edges, entries, all) : neededBy(node, nodes, edges)
    return why === undefined ? [] : [{ node: node.id, why }]
  })
}

/** Where calls come from: the outside if there is any, else whoever nobody calls. */
function entriesOf(nodes: readonly Node[], edges: readonly Edge[]): string[] {
  if (nodes.some(({ kind }) => kind === 'caller')) return ['caller']
  return nodes.map(({ id }) => id).filter((id) => !edges.some(({ from, to }) => to === id && from !== id))
}

function lostWithout(
  node: Node,
  nodes: readonly Node[],
  edges: readonly Edge[],
  entries: readonly string[],
  all: ReadonlySet<string>,
): string | undefined {
  const left = reachable(entries, edges, node.id)
  const lost = nodes.filter(({ id, kind }) => id !== node.id && kind === 'service' && all.has(id) && !left.has(id))
  if (lost.length === 0) return undefined
  return `${namesOf(lost)} ${lost.length === 1 ? 'is' : 'are'} reached only through ${node.label}, which runs once`
}

function neededBy(node: Node, nodes: readonly Node[], edges: readonly Edge[]): string | undefined {
  const users = nodes.filter(
    ({ id, kind }) => kind === 'service' && edges.some(({ from, to }) => from === id && to === node.id),
  )
  return users.length < 2 ? undefined : `${namesOf(users)} all need ${node.label}`
}

function reachable(entries: readonly string[], edges: readonly Edge[], without: string | undefined): Set<string> {
  const seen = new Set(entries.filter((entry) => entry !== without))
  const queue = [...seen]
  for (let at = 0; at < queue.length; at++) {
    for (const { from, to } of edges) {
      if (from !== queue[at] || to === without || seen.has(to)) continue
      seen.add(to)
      queue.push(to)
    }
  }
  return seen
}

function namesOf(nodes: readonly Node[]): string {
  const labels = nodes.map(({ label }) => label).sort()
  return labels.length < 2 ? labels.join('') : `${labels.slice(0, -1).join(', ')} and ${labels.at(-1)}`
}
