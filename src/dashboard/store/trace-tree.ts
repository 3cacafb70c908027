/**
 * Trace trees: the spans of a trace in the order of a waterfall, what each did itself, and what all of it waited for.
 *
 *   root ├──────────────────────────────┤
 *     a    ├────────┤                        critical path, from the end backwards: root ─ b ─ root ─ a ─ root
 *     b               ├──────────┤
 */
import type {
  ComparedRow,
  ComparedSide,
  CriticalSegment,
  SpanView,
  TraceComparison,
  TraceView,
} from '../contract/traces.ts'
import type { SpanRow } from '../otlp/spans.ts'
import { summaryOf } from './trace-summary.ts'

interface TreeNode {
  readonly span: SpanRow
  readonly depth: number
  readonly children: readonly TreeNode[]
}

export function traceView(spans: readonly SpanRow[], droppedSpans: number): TraceView {
  const roots = treeOf(spans)
  const criticalPath = criticalPathOf(roots)
  const critical = new Set(criticalPath.map(({ spanId }) => spanId))
  const tree = flat(roots).map((node) => viewOf(node, critical.has(node.span.spanId)))
  return { ...summaryOf(spans), tree, criticalPath, droppedSpans }
}

function treeOf(spans: readonly SpanRow[]): TreeNode[] {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const sorted = spans.toSorted((a, b) => a.startMs - b.startMs)
  const byParent = Map.groupBy(sorted, ({ parentSpanId }) =>
    parentSpanId !== null && ids.has(parentSpanId) ? parentSpanId : '',
  )
  const seen = new Set<string>()
  const grow = (span: SpanRow, depth: number): TreeNode => {
    seen.add(span.spanId)
    // Senders can claim anything: spans that are each other's parents must not lead around for ever, nor too deep.
    const below = depth >= maxDepth ? [] : (byParent.get(span.spanId) ?? []).filter(({ spanId }) => !seen.has(spanId))
    return { span, depth, children: below.map((child) => grow(child, depth + 1)) }
  }
  const roots = (byParent.get('') ?? []).map((span) => grow(span, 0))
  const stray = sorted.filter(({ spanId }) => !seen.has(spanId))
  return [...roots, ...stray.map((span): TreeNode => ({ span, depth: 0, children: [] }))]
}

/** Deep enough for any call chain, and far from the end of the stack. */
const maxDepth = 500

function flat(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)])
}

function viewOf({ span, depth, children }: TreeNode, isCritical: boolean): SpanView {
  const { source, ...rest } = span
  return {
    ...rest,
    service: source.service,
    instance: source.instance,
    resource: source.attributes,
    selfMs: selfMs(span, children),
    depth,
    isCritical,
  }
}

/** Its duration without the time in which at least one child ran. */
function selfMs(span: SpanRow, children: readonly TreeNode[]): number {
  const endMs = endOf(span)
  let covered = 0
  let untilMs = span.startMs
  for (const { span: child } of children) {
    const from = Math.max(untilMs, child.startMs)
    const to = Math.min(endMs, endOf(child))
    if (to <= from) continue
    covered += to - from
    untilMs = to
  }
  return roundMicro(Math.max(0, span.durationMs - covered))
}

/**
 * From the end of the longest root backwards: whatever ended last is what everything waited for, down to its own
 * children; where no child ran, the span itself did the work.
 */
export function criticalPathOf(roots: readonly TreeNode[]): CriticalSegment[] {
  const longest = roots.reduce<TreeNode | undefined>(
    (best, node) => (best === undefined || node.span.durationMs > best.span.durationMs ? node : best),
    undefined,
  )
  if (longest === undefined) return []
  const segments: CriticalSegment[] = []
  walkBack(longest, endOf(longest.span), segments)
  return segments.reverse()
}

function walkBack({ span, children }: TreeNode, untilMs: number, segments: CriticalSegment[]): void {
  let atMs = untilMs
  const byEnd = children.toSorted((a, b) => endOf(b.span) - endOf(a.span))
  for (const child of byEnd) {
    // What ran on after its parent, or beside a child that ended later, kept nobody waiting.
    const childEnd = endOf(child.span)
    if (childEnd > atMs || child.span.startMs < span.startMs) continue
    push(segments, span.spanId, childEnd, atMs)
    walkBack(child, childEnd, segments)
    atMs = child.span.startMs
  }
  push(segments, span.spanId, span.startMs, atMs)
}

function push(segments: CriticalSegment[], spanId: string, fromMs: number, toMs: number): void {
  if (toMs > fromMs) segments.push({ spanId, startMs: fromMs, durationMs: roundMicro(toMs - fromMs) })
}

/** Two traces side by side: spans with the same path of service and name are one row. */
export function compareTraces(left: readonly SpanRow[], right: readonly SpanRow[]): TraceComparison {
  const rows = mergeSiblings(treeOf(left), treeOf(right), 0)
  return { left: summaryOf(left), right: summaryOf(right), rows }
}

function mergeSiblings(left: readonly TreeNode[], right: readonly TreeNode[], depth: number): ComparedRow[] {
  const keyOf = ({ span }: TreeNode): string => `${span.source.service}\n${span.name}\n${span.kind}`
  const lefts = Map.groupBy(left, keyOf)
  const rights = Map.groupBy(right, keyOf)
  return [...new Set([...lefts.keys(), ...rights.keys()])].flatMap((key) => {
    const [ours = [], theirs = []] = [lefts.get(key), rights.get(key)]
    const [first] = [...ours, ...theirs]
    if (first === undefined) return []
    const [one, other] = [sideOf(ours), sideOf(theirs)]
    const differenceMs = roundMicro((other?.totalMs ?? 0) - (one?.totalMs ?? 0))
    const row = {
      service: first.span.source.service,
      name: first.span.name,
      depth,
      left: one,
      right: other,
      differenceMs,
    }
    const below = (nodes: readonly TreeNode[]): TreeNode[] => nodes.flatMap(({ children }) => children)
    return [row, ...mergeSiblings(below(ours), below(theirs), depth + 1)]
  })
}

function sideOf(nodes: readonly TreeNode[]): ComparedSide | null {
  if (nodes.length === 0) return null
  const sum = (measure: (node: TreeNode) => number): number =>
    roundMicro(nodes.reduce((total, node) => total + measure(node), 0))
  return {
    spans: nodes.length,
    totalMs: sum(({ span }) => span.durationMs),
    selfMs: sum(({ span, children }) => selfMs(span, children)),
    errors: nodes.filter(({ span }) => span.status === 'error').length,
  }
}

function endOf({ startMs, durationMs }: SpanRow): number {
  return startMs + durationMs
}

function roundMicro(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
