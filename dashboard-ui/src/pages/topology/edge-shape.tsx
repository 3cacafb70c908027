/** Calls from one node to another: a line, thicker with the rate, and what they are like. */
import type { TopologyEdge } from '../../../../src/dashboard/contract/topology.ts'
import { durationText, percentText, rateText } from '../../format/numbers.ts'
import { type PlacedEdge, pathThrough } from './layout.ts'

export interface EdgeShapeProps {
  readonly edge: TopologyEdge
  readonly placed: PlacedEdge
  readonly isLit: boolean
  /** Who calls whom, in words. */
  readonly title: string
}

export function EdgeShape({ edge, placed: { points, label }, isLit, title }: EdgeShapeProps) {
  const isBad = edge.errorRatio > 0
  const tone = edge.isInCycle || isBad ? 'bad' : 'plain'
  const path = pathThrough(points)
  const plate = isBad ? 92 : 70
  const width = Math.min(4, 1.2 + Math.log10(1 + edge.perSecond))
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a <g> is no interactive element
    <g
      class="edge"
      role="img"
      aria-label={`${title}: ${rateText(edge.perSecond)}, p99 ${durationText(edge.p99Ms)}, ${percentText(edge.errorRatio)} errors`}
      data-tone={tone}
      opacity={isLit ? 1 : 0.18}
    >
      <path
        d={path}
        class="edge-line"
        stroke-width={width}
        marker-end={`url(#${tone === 'bad' ? 'arrow-bad' : 'arrow'})`}
      />
      {edge.perSecond > 0 && <path d={path} class="edge-flow" stroke-width={width} />}
      <g transform={`translate(${label.x} ${label.y})`}>
        <rect class="edge-plate" x={-plate / 2} y="-15" width={plate} height="30" rx="6" />
        <text class="edge-rate" text-anchor="middle" y="-3">
          {rateText(edge.perSecond)}
          {isBad && (
            <tspan class="edge-error" dx="5">
              {percentText(edge.errorRatio)}
            </tspan>
          )}
        </text>
        <text class="edge-time" text-anchor="middle" y="11">
          p99 {durationText(edge.p99Ms)}
        </text>
      </g>
    </g>
  )
}
