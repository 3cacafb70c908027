/** Jobs of one service: when each comes next and how it went; a job's runs open beside the table. */
import type { JobView, RunView } from '../../../../src/schedule/schedule-view.ts'
import { countText, durationText } from '../../format/numbers.ts'
import { dateTimeText } from '../../format/times.ts'
import { Ago } from '../../parts/ago.tsx'
import { Until } from '../../parts/until.tsx'
import { WithDot } from '../../parts/with-dot.tsx'
import { href } from '../../routing/href.ts'
import { runTones, runWords } from './run-tones.ts'

export interface JobTableProps {
  readonly service: string
  readonly jobs: readonly JobView[]
  /** Name of the job whose runs are shown. */
  readonly chosen: string
}

export function JobTable({ service, jobs, chosen }: JobTableProps) {
  return (
    <div class="table-wrap">
      <table class="table jobs-table" aria-label={`Jobs of ${service}`}>
        <colgroup>
          <col style={{ width: '17%' }} />
          <col style={{ width: '17%' }} />
          <col style={{ width: '11%' }} />
          <col style={{ width: '19%' }} />
          <col style={{ width: '16%' }} />
          <col style={{ width: '9%' }} />
          <col style={{ width: '11%' }} />
        </colgroup>
        <thead>
          <tr>
            <th>Job</th>
            <th>At</th>
            <th>Next</th>
            <th>Last run</th>
            <th>Runs</th>
            <th class="number">Missed</th>
            <th class="number">Overlapped</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.name}>
              <td>
                <a
                  href={href('/schedules', { service, job: job.name })}
                  aria-current={chosen === job.name ? 'true' : undefined}
                >
                  <strong class="one-line">{job.name}</strong>
                </a>
              </td>
              <td>
                <code>{job.cron}</code>
                <div class="faint">{job.timeZone}</div>
              </td>
              <td>
                {job.next === undefined ? (
                  <span class="faint">never again</span>
                ) : (
                  <Until atMs={Date.parse(job.next)} />
                )}
              </td>
              <td>
                <LastRun job={job} />
              </td>
              <td>
                <RunStrip runs={job.runs} />
              </td>
              <td class={job.passed.missed > 0 ? 'number is-warn' : 'number faint'}>{countText(job.passed.missed)}</td>
              <td class={job.passed.overlap > 0 ? 'number is-warn' : 'number faint'}>
                {countText(job.passed.overlap)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function LastRun({ job: { runs, error } }: { readonly job: JobView }) {
  const [last] = runs
  if (error !== undefined) return <span class="is-bad">{error}</span>
  if (last === undefined) return <span class="faint">none yet</span>
  return (
    <>
      <WithDot tone={runTones[last.state]}>
        {runWords[last.state]} <Ago atMs={Date.parse(last.endedAt ?? last.startedAt)} />
      </WithDot>
      <div class="faint">
        {last.durationMs === undefined ? 'under way' : `took ${durationText(last.durationMs)}`}
        {last.errorCode !== undefined && <code> {last.errorCode}</code>}
      </div>
    </>
  )
}

/** One mark for each run, the newest on the right: how it went lately, at a glance. */
function RunStrip({ runs }: { readonly runs: readonly RunView[] }) {
  if (runs.length === 0) return <span class="faint">–</span>
  const good = runs.filter(({ state }) => state === 'ok').length
  return (
    <span class="run-strip" role="img" aria-label={`${good} of the last ${runs.length} runs ended well`}>
      {runs.toReversed().map((run) => (
        <span
          key={`${run.tick} ${run.attempt}`}
          class="run-mark"
          data-tone={runTones[run.state]}
          title={`${dateTimeText(Date.parse(run.tick))}: ${runWords[run.state]}`}
        />
      ))}
    </span>
  )
}
