/** Cycles of calls: shortest ways around that together touch every node which can reach itself. */

export interface Arrow {
  readonly from: string
  readonly to: string
}

/** Each as its nodes in order, beginning with the first by name; the first one is not repeated. */
export function cyclesIn(arrows: readonly Arrow[]): string[][] {
  const targets = new Map<string, Set<string>>()
  for (const { from, to } of arrows) targets.set(from, (targets.get(from) ?? new Set()).add(to))
  const cycles: string[][] = []
  const covered = new Set<string>()
  for (const node of [...targets.keys()].sort()) {
    if (covered.has(node)) continue
    const cycle = wayAround(node, targets)
    if (cycle === undefined) continue
    for (const member of cycle) covered.add(member)
    cycles.push(fromFirst(cycle))
  }
  return cycles
}

function fromFirst(cycle: readonly string[]): string[] {
  const at = cycle.indexOf(cycle.toSorted()[0] ?? '')
  return [...cycle.slice(at), ...cycle.slice(0, at)]
}

/** Breadth first, so that the first way back is a shortest one. */
function wayAround(start: string, targets: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at] ?? ''
    for (const target of targets.get(node) ?? []) {
      if (target === start) return trailTo(node, cameFrom)
      if (cameFrom.has(target)) continue
      cameFrom.set(target, node)
      queue.push(target)
    }
  }
  return undefined
}

function trailTo(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const trail = [end]
  for (let node = cameFrom.get(end); node !== undefined; node = cameFrom.get(node)) trail.unshift(node)
  return trail
}
