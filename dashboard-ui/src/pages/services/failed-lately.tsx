/** Requests that failed lately, below the services: what to look at first. */
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { durationText } from '../../format/numbers.ts'
import { Ago } from '../../parts/ago.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { href, traceHref } from '../../routing/href.ts'

export function FailedLately() {
  const resource = useResource(
    'failed',
    (signal) => api.searchTraces({ query: { status: 'error', limit: 8 } }, { signal }),
    { on: ['trace'] },
  )
  return (
    <section class="section">
      <div class="section-head">
        <h2>Failed lately</h2>
        <a href={href('/traces', { status: 'error' })}>All that failed</a>
      </div>
      <ResourceView resource={resource}>
        {({ traces }) =>
          traces.length === 0 ? (
            <p class="muted">No stored request has failed.</p>
          ) : (
            <div class="table-wrap">
              <table class="table">
                <tbody>
                  {traces.map(({ traceId, service, name, durationMs, startMs }) => (
                    <tr key={traceId}>
                      <td>
                        <ServiceTag name={service} />
                      </td>
                      <td>
                        <a class="trace-name" href={traceHref(traceId)}>
                          {name}
                        </a>
                      </td>
                      <td class="number">{durationText(durationMs)}</td>
                      <td class="number muted">
                        <Ago atMs={startMs} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </ResourceView>
    </section>
  )
}
