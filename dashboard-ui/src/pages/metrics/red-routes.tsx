/** Rate, errors and duration: a row for each route, and the chosen one over time. */
import type { RedRow } from '../../../../src/dashboard/contract/metrics.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { countText, durationText, percentText, rateText } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import type { Filters } from '../../routing/use-filters.ts'
import { RedPlots } from './red-plots.tsx'

export function RedRoutes({ filters }: { readonly filters: Filters }) {
  const service = filters.get('service')
  const resource = useResource(
    `red/${service}`,
    (signal) => api.listRed({ query: service === '' ? {} : { service } }, { signal }),
    {
      on: ['metrics', 'topology'],
      everyMs: 5_000,
    },
  )
  return (
    <div class="page-body">
      <ResourceView resource={resource}>
        {({ routes }) => (routes.length === 0 ? <NoRoutes /> : <Routes routes={routes} filters={filters} />)}
      </ResourceView>
    </div>
  )
}

function Routes({ routes, filters }: { readonly routes: readonly RedRow[]; readonly filters: Filters }) {
  const chosen = routes.find((row) => keyOf(row) === filters.get('route')) ?? routes[0]
  return (
    <div class="stack">
      {chosen && <RedPlots row={chosen} />}
      <section class="section">
        <div class="section-head">
          <h2>Routes</h2>
          <span class="muted">of the last five minutes</span>
        </div>
        <div class="table-wrap">
          <table class="table wide-table">
            <thead>
              <tr>
                <th>Service</th>
                <th>Route</th>
                <th class="number">Rate</th>
                <th class="number">Requests</th>
                <th class="number">Errors</th>
                <th class="number">p50</th>
                <th class="number">p95</th>
                <th class="number">p99</th>
              </tr>
            </thead>
            <tbody>
              {routes.map((row) => (
                <RouteRow
                  key={keyOf(row)}
                  row={row}
                  isChosen={row === chosen}
                  onChoose={() => filters.set({ route: keyOf(row) })}
                />
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </div>
  )
}

interface RouteRowProps {
  readonly row: RedRow
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function RouteRow({ row, isChosen, onChoose }: RouteRowProps) {
  return (
    <tr aria-current={isChosen ? 'true' : undefined}>
      <td>
        <ServiceTag name={row.service} />
      </td>
      <td>
        <button type="button" class="row-button" aria-pressed={isChosen} onClick={onChoose}>
          <span class="method">{row.method}</span> {row.route}
        </button>
      </td>
      <td class="number">{rateText(row.perSecond)}</td>
      <td class="number">{countText(row.requests)}</td>
      <td class={`number ${row.errorRatio > 0 ? 'is-bad' : 'faint'}`}>{percentText(row.errorRatio)}</td>
      <td class="number">{durationText(row.p50Ms)}</td>
      <td class="number">{durationText(row.p95Ms)}</td>
      <td class="number">{durationText(row.p99Ms)}</td>
    </tr>
  )
}

function keyOf({ service, method, route }: RedRow): string {
  return `${service} ${method} ${route}`
}

function NoRoutes() {
  return (
    <Empty icon="metrics" title="No request in the last five minutes">
      <p>
        Rate, errors and duration come from the spans of requests. Send one under <a href="/routes">Routes</a>.
      </p>
    </Empty>
  )
}
