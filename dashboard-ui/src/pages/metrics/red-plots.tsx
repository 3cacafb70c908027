/** One route over time: rate, errors, duration, with one cursor. */
import type { RedRow } from '../../../../src/dashboard/contract/metrics.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { durationText, numberText, percentText } from '../../format/numbers.ts'
import { Plot } from '../../parts/plot.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { href } from '../../routing/href.ts'
import { seriesColor } from '../../theme/series-color.ts'

const height = 168

export function RedPlots({ row: { service, method, route } }: { readonly row: RedRow }) {
  const resource = useResource(
    `red/${service}/${method}/${route}`,
    (signal) => api.readRed({ params: { name: service }, query: { method, route } }, { signal }),
    { on: ['metrics'], everyMs: 5_000 },
  )
  const color = seriesColor(service)
  return (
    <section class="section">
      <div class="section-head">
        <h2 class="with-dot">
          <ServiceTag name={service} isLink /> <span class="method">{method}</span> {route}
        </h2>
        <a href={href('/traces', { service, attribute: [`http.route=${route}`] })}>Its traces</a>
      </div>
      <ResourceView resource={resource}>
        {({ times, perSecond, errorRatio, p50Ms, p99Ms }) => (
          <div class="plot-trio">
            <figure>
              <h3>Rate</h3>
              <Plot
                label="Rate"
                times={times}
                series={[{ label: 'Rate', color, values: perSecond, isFilled: true }]}
                format={(value) => `${numberText(value)}/s`}
                height={height}
                syncKey="red"
              />
            </figure>
            <figure>
              <h3>Errors</h3>
              <Plot
                label="Errors"
                times={times}
                series={[{ label: 'Errors', color: 'var(--bad)', values: errorRatio, isFilled: true }]}
                format={percentText}
                height={height}
                syncKey="red"
              />
            </figure>
            <figure>
              <h3>Duration, p50 and p99</h3>
              <Plot
                label="Duration"
                times={times}
                series={[
                  { label: 'p50', color: 'var(--faint)', values: p50Ms },
                  { label: 'p99', color, values: p99Ms },
                ]}
                format={durationText}
                height={height}
                syncKey="red"
              />
            </figure>
          </div>
        )}
      </ResourceView>
    </section>
  )
}
