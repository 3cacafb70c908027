/** The last runs of one job, of all processes, the newest first; and how it deals with ticks that it cannot run. */
import type { JobView } from '../../../../src/schedule/schedule-view.ts'
import { durationText } from '../../format/numbers.ts'
import { dateTimeText } from '../../format/times.ts'
import { Icon } from '../../parts/icon.tsx'
import { WithDot } from '../../parts/with-dot.tsx'
import { href } from '../../routing/href.ts'
import { lateMs, runTones, runWords } from './run-tones.ts'

export interface RunsSideProps {
  readonly service: string
  readonly job: JobView
  readonly onClose: () => void
}

const overlapTexts: Readonly<Record<JobView['overlap'], string>> = {
  skip: 'is left out while a run is under way',
  queue: 'waits for the run before',
  allow: 'runs beside the run before',
}

export function RunsSide({ service, job: { name, missed, overlap, runs, error }, onClose }: RunsSideProps) {
  return (
    <div class="side">
      <div class="side-head">
        <h2 class="truncate">{name}</h2>
        <button type="button" class="button button-quiet button-small button-icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <p class="muted">
        A tick that nobody could run {missedText(missed)}; one that comes too early {overlapTexts[overlap]}.
      </p>
      <p>
        <a href={href('/traces', { service, name: `schedule ${name}` })}>Traces of its runs</a>
      </p>
      {error !== undefined && <p class="is-bad">{error}</p>}
      {runs.length === 0 ? (
        <p class="faint">No run yet.</p>
      ) : (
        <ol class="run-list" aria-label={`Runs of ${name}`}>
          {runs.map((run) => (
            <li key={`${run.tick} ${run.attempt}`}>
              <div class="run-head">
                <WithDot tone={runTones[run.state]}>{runWords[run.state]}</WithDot>
                <span>{run.durationMs === undefined ? 'under way' : durationText(run.durationMs)}</span>
              </div>
              <div class="muted">{dateTimeText(Date.parse(run.tick)).slice(0, -4)}</div>
              <div class="faint">
                {run.runner}, {durationText(lateMs(run))} after its tick
                {run.attempt > 1 && `, attempt ${run.attempt}`}
                {run.errorCode !== undefined && <code> {run.errorCode}</code>}
              </div>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

function missedText(missed: JobView['missed']): string {
  if (missed === 'skip') return 'is left out'
  if (missed === 'once') return 'is run once it can be, the last one only'
  return `is run once it can be, the last ${missed.atMost}`
}
