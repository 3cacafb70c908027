/** Schedules: which jobs there are, when each comes next, how its last runs ended, and what was not run. */
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { SplitView } from '../../parts/split-view.tsx'
import { useFilters } from '../../routing/use-filters.ts'
import { useEscape } from '../../shell/use-escape.ts'
import { JobTable } from './job-table.tsx'
import { RunsSide } from './runs-side.tsx'

export function SchedulesPage() {
  const filters = useFilters()
  const resource = useResource('schedules', (signal) => api.listSchedules(undefined, { signal }), { everyMs: 2_000 })
  const services = resource.value?.services ?? []
  const [service, name] = [filters.get('service'), filters.get('job')]
  const close = (): void => filters.set({ service: '', job: '' })
  useEscape(close)
  const jobs = services.flatMap(({ schedule }) => schedule?.jobs ?? [])
  const chosen = services.find((one) => one.service === service)?.schedule?.jobs.find((job) => job.name === name)
  return (
    <div class="page">
      <PageHead title="Schedules" note={jobs.length > 0 ? plural(jobs.length, 'job') : undefined} />
      <SplitView
        sideLabel="Runs"
        width={460}
        side={
          chosen === undefined ? null : (
            <RunsSide key={`${service} ${name}`} service={service} job={chosen} onClose={close} />
          )
        }
      >
        <div class="page-body">
          <ResourceView resource={resource}>
            {() =>
              services.length === 0 ? (
                <NoJobs />
              ) : (
                <div class="stack">
                  {services.map(({ service: owner, schedule, reason }) => (
                    <section key={owner} class="section" aria-label={owner}>
                      <div class="section-head">
                        <h2 class="with-dot">
                          <ServiceTag name={owner} isLink />
                          {schedule !== null && <span class="muted">{sharingText(schedule.isShared)}</span>}
                        </h2>
                      </div>
                      {reason !== null && <p class="muted">{reason}</p>}
                      {schedule !== null && (
                        <JobTable service={owner} jobs={schedule.jobs} chosen={owner === service ? name : ''} />
                      )}
                    </section>
                  ))}
                </div>
              )
            }
          </ResourceView>
        </div>
      </SplitView>
    </div>
  )
}

function sharingText(isShared: boolean): string {
  return isShared ? 'each tick by one of its processes' : 'each tick by this process alone'
}

function NoJobs() {
  return (
    <Empty icon="schedules" title="No service here has jobs">
      <p>Each job appears with its next tick and its last runs:</p>
      <pre>{"service.schedule('0 3 * * *', job, { name: 'digest', timeZone: 'Europe/Berlin' })"}</pre>
    </Empty>
  )
}
