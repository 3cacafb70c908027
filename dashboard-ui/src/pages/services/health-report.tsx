/** Where a service's health comes from: each component that it checks. */
import type { ComponentHealthView, ServiceDetail } from '../../../../src/dashboard/contract/services.ts'
import { Badge } from '../../parts/badge.tsx'
import { WithDot } from '../../parts/with-dot.tsx'
import { HealthDetails } from './health-details.tsx'
import { toneOfStatus } from './service-state.ts'

export function HealthReport({ service: { report } }: { readonly service: ServiceDetail }) {
  return (
    <section class="section">
      <div class="section-head">
        <h2>Health</h2>
        {report && (
          <span>
            <Badge tone={toneOfStatus(report.status)}>{report.status}</Badge> <span class="muted">{report.phase}</span>
          </span>
        )}
      </div>
      {report === null ? (
        <p class="muted">Its health could not be asked for: it is not running, or has no admin port here.</p>
      ) : (
        <Components components={report.components} />
      )}
    </section>
  )
}

function Components({ components }: { readonly components: Readonly<Record<string, ComponentHealthView>> }) {
  const entries = Object.entries(components)
  if (entries.length === 0) return <p class="muted">It has no components that are checked.</p>
  return (
    <div class="table-wrap">
      <table class="table wide-table">
        <thead>
          <tr>
            <th>Component</th>
            <th>Status</th>
            <th>Detail</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(([name, component]) => (
            <tr key={name}>
              <td>
                {name} {component.critical && <span class="faint">critical</span>}
              </td>
              <td>
                <WithDot tone={toneOfStatus(component.status)}>{component.status}</WithDot>
              </td>
              <td>
                {component.error !== undefined && <p class="is-bad">{component.error}</p>}
                <HealthDetails details={component.details ?? {}} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
