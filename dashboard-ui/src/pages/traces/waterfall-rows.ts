/**
 * Rows of a waterfall: the spans in the order of the tree, without those below a closed one.
 *
 *   gateway POST /orders        ▾
 *     orders POST /orders       ▸ (3)      closed: its three are left out, and counted
 */
import type { SpanView } from '../../../../src/dashboard/contract/traces.ts'

export interface WaterfallRow {
  readonly span: SpanView
  /** How many stand below it, at any depth. */
  readonly below: number
  readonly isClosed: boolean
}

export function waterfallRows(tree: readonly SpanView[], closed: ReadonlySet<string>): WaterfallRow[] {
  const rows: WaterfallRow[] = []
  for (let at = 0; at < tree.length; at++) {
    const span = tree[at]
    if (span === undefined) continue
    const below = countBelow(tree, at)
    const isClosed = closed.has(span.spanId) && below > 0
    rows.push({ span, below, isClosed })
    if (isClosed) at += below
  }
  return rows
}

function countBelow(tree: readonly SpanView[], at: number): number {
  const depth = tree[at]?.depth ?? 0
  let end = at + 1
  while ((tree[end]?.depth ?? -1) > depth) end++
  return end - at - 1
}
