/** One metric over time, and its series with their latest values as the legend. */
import type { Aggregate, MetricView, RangeSeries } from '../../../../src/dashboard/contract/metrics.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { formatOf } from '../../format/units.ts'
import { Plot } from '../../parts/plot.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { seriesColor, slots } from '../../theme/series-color.ts'

export interface SeriesPlotProps {
  readonly metric: MetricView
  readonly aggregate: Aggregate
  /** Attribute by which series are added up; '' for none. */
  readonly by: string
  readonly range: string
  readonly service: string
}

const rangesMs: Readonly<Record<string, number>> = { '5m': 300_000, '1h': 3_600_000, '6h': 21_600_000 }

export function SeriesPlot({ metric: { name, unit }, aggregate, by, range, service }: SeriesPlotProps) {
  const rangeMs = rangesMs[range] ?? 900_000
  const resource = useResource(
    ['series', name, aggregate, by, range, service].join('/'),
    (signal) => {
      const toMs = Date.now()
      const query = {
        aggregate,
        fromMs: toMs - rangeMs,
        toMs,
        ...(by !== '' && { by }),
        ...(service !== '' && { service }),
      }
      return api.readMetric({ params: { name }, query }, { signal })
    },
    { on: ['metrics'], everyMs: 5_000 },
  )
  const format = formatOf(unit, aggregate)
  return (
    <ResourceView resource={resource}>
      {({ times, series, leftOut }) => {
        if (series.length === 0) return <p class="muted">Nothing was measured in this time.</p>
        const isOnePerService = new Set(series.map((one) => one.service)).size === series.length
        const lines = series.map((one, at) => ({
          label: nameOf(one),
          color: isOnePerService ? seriesColor(one.service) : `var(--series-${at % slots})`,
          values: one.values,
        }))
        return (
          <div class="stack">
            <Plot label={name} times={times} series={lines} format={format} height={300} />
            <ul class="legend" aria-label="Series">
              {lines.map(({ label, color, values }) => (
                <li key={label}>
                  <span class="swatch" style={{ background: color }} />
                  <span class="legend-name">{label}</span>
                  <strong>{latestOf(values, format)}</strong>
                </li>
              ))}
            </ul>
            {leftOut > 0 && (
              <p class="muted">
                {plural(leftOut, 'smaller series', 'smaller series')} left out; split by an attribute to see their sums.
              </p>
            )}
          </div>
        )
      }}
    </ResourceView>
  )
}

function nameOf({ service, labels }: RangeSeries): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return [service, ...parts].filter(Boolean).join(' ')
}

function latestOf(values: readonly (number | null)[], format: (value: number) => string): string {
  const value = values.findLast((one) => one !== null)
  return value === undefined || value === null ? '–' : format(value)
}
