/** Which share of a trace's critical path each service holds: where to look first. */
import type { TraceView } from '../../../../src/dashboard/contract/traces.ts'
import { durationText, percentText } from '../../format/numbers.ts'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { seriesColor } from '../../theme/series-color.ts'
import { criticalShares } from './critical-shares.ts'

export function TraceServices({ trace }: { readonly trace: TraceView }) {
  const shares = criticalShares(trace)
  return (
    <section class="critical" aria-label="Critical path by service">
      <h2 class="critical-title">Critical path</h2>
      <div class="critical-bar" aria-hidden="true">
        {shares.map(({ service, share }) => (
          <span key={service} style={{ width: `${share * 100}%`, background: seriesColor(service) }} />
        ))}
      </div>
      <ul class="critical-legend">
        {shares.map(({ service, share, ms }) => (
          <li key={service}>
            <ServiceTag name={service} />
            <span>{percentText(share)}</span>
            <span class="faint">{durationText(ms)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
