/** One node: its figures, who calls it and whom it calls, each with a trace as an example. */
import type { TopologyEdge, TopologyNode, TopologyView } from '../../../../src/dashboard/contract/topology.ts'
import { durationText, percentText, rateText } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { href, serviceHref, traceHref } from '../../routing/href.ts'
import { useEscape } from '../../shell/use-escape.ts'
import { kindTexts } from './node-shape.tsx'

export interface NodeDetailProps {
  readonly topology: TopologyView
  readonly node: TopologyNode
  readonly onClose: () => void
  readonly onChoose: (id: string) => void
}

export function NodeDetail({ topology: { nodes, edges, singlePoints }, node, onClose, onChoose }: NodeDetailProps) {
  useEscape(onClose)
  const labelOf = (id: string): string => nodes.find((other) => other.id === id)?.label ?? id
  const lists = [
    { title: 'Called by', edges: edges.filter(({ to }) => to === node.id), otherOf: ({ from }: TopologyEdge) => from },
    { title: 'Calls', edges: edges.filter(({ from }) => from === node.id), otherOf: ({ to }: TopologyEdge) => to },
  ]
  const reasons = singlePoints.filter((point) => point.node === node.id)
  return (
    <div class="side">
      <div class="side-head">
        <div>
          <h2>{node.kind === 'service' ? <ServiceTag name={node.label} isLink /> : node.label}</h2>
          <span class="muted">{node.system ?? kindTexts[node.kind]}</span>
        </div>
        <button
          type="button"
          class="button button-quiet button-small button-icon"
          aria-label="Close the node"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      {node.isInCycle && (
        <p>
          <Badge tone="bad">Cycle</Badge> It reaches itself again: one slow call can hold up all of them.
        </p>
      )}
      {reasons.map(({ why }) => (
        <p key={why}>
          <Badge tone="warn">Single point</Badge> {why}
        </p>
      ))}
      <dl class="facts">
        <div class="fact">
          <dt>Requests</dt>
          <dd>{rateText(node.perSecond)}</dd>
        </div>
        <div class="fact">
          <dt>Errors</dt>
          <dd>{percentText(node.errorRatio)}</dd>
        </div>
        <div class="fact">
          <dt>p99</dt>
          <dd>{durationText(node.p99Ms)}</dd>
        </div>
      </dl>
      {node.kind === 'service' && (
        <div class="link-row">
          <a class="button button-small" href={serviceHref(node.label)}>
            Service
          </a>
          <a class="button button-small" href={href('/traces', { service: node.label })}>
            Traces
          </a>
          <a class="button button-small" href={href('/logs', { service: node.label })}>
            Logs
          </a>
        </div>
      )}
      {lists.map((list) => (
        <section key={list.title} class="section">
          <h3>{list.title}</h3>
          {list.edges.length === 0 && <p class="faint">Nobody.</p>}
          {list.edges.map((edge) => (
            <div key={edge.id} class="edge-row">
              <button type="button" class="text-button" onClick={() => onChoose(list.otherOf(edge))}>
                {labelOf(list.otherOf(edge))}
              </button>
              <span class="muted">
                {rateText(edge.perSecond)} ·{' '}
                <span class={edge.errorRatio > 0 ? 'is-bad' : undefined}>{percentText(edge.errorRatio)}</span> · p99{' '}
                {durationText(edge.p99Ms)}
              </span>
              {edge.exampleTraceId !== null && <a href={traceHref(edge.exampleTraceId)}>trace</a>}
            </div>
          ))}
        </section>
      ))}
    </div>
  )
}
