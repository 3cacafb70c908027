/** One node of the map: what it is, what it serves, and whether it fails. */
import type { NodeKind, TopologyNode } from '../../../../src/dashboard/contract/topology.ts'
import { percentText, plural, rateText } from '../../format/numbers.ts'
import { seriesColor } from '../../theme/series-color.ts'
import type { PlacedNode } from './layout.ts'

export interface NodeShapeProps {
  readonly node: TopologyNode
  readonly placed: PlacedNode
  readonly isChosen: boolean
  readonly isLit: boolean
  readonly onChoose: () => void
  /** It has got the focus by the keyboard. */
  readonly onReach: () => void
}

export const kindTexts: Readonly<Record<NodeKind, string>> = {
  service: 'service',
  database: 'database',
  messaging: 'broker',
  external: 'outside',
  caller: 'callers',
}

export function NodeShape({
  node,
  placed: { x, y, width, height },
  isChosen,
  isLit,
  onChoose,
  onReach,
}: NodeShapeProps) {
  const isService = node.kind === 'service'
  const color = isService ? seriesColor(node.label) : 'var(--idle)'
  const label = `${node.label}, ${kindTexts[node.kind]}, ${rateText(node.perSecond)}, ${percentText(node.errorRatio)} errors`
  return (
    <g
      class="node"
      role="button"
      tabindex={0}
      aria-label={label}
      aria-pressed={isChosen}
      data-kind={node.kind}
      data-warn={node.isInCycle || node.isSinglePoint}
      opacity={isLit ? 1 : 0.3}
      transform={`translate(${x - width / 2} ${y - height / 2})`}
      onClick={onChoose}
      onFocus={(event) => event.currentTarget.matches(':focus-visible') && onReach()}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        onChoose()
      }}
    >
      <rect class="node-box" width={width} height={height} rx="9" />
      <rect x="12" y="13" width="9" height="9" rx={isService ? 3 : 4.5} fill={color} />
      <text class="node-label" x="29" y="22">
        {shortened(node.label, 16)}
      </text>
      <text class="node-figures" x="12" y="42">
        {figuresOf(node)}
        {node.errorRatio > 0 && (
          <tspan class="edge-error" dx="6">
            {percentText(node.errorRatio)}
          </tspan>
        )}
      </text>
      {(node.isInCycle || node.isSinglePoint) && (
        <text class={node.isInCycle ? 'node-flag is-cycle' : 'node-flag'} x={width - 10} y="42" text-anchor="end">
          {node.isInCycle ? 'cycle' : 'single'}
        </text>
      )}
    </g>
  )
}

function figuresOf({ kind, system, perSecond, instances }: TopologyNode): string {
  if (kind === 'caller') return 'from outside'
  if (kind !== 'service') return `${system ?? kindTexts[kind]} · ${rateText(perSecond)}`
  return instances > 1 ? `${rateText(perSecond)} · ${plural(instances, 'process', 'processes')}` : rateText(perSecond)
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
