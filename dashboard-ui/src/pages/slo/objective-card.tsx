/** One objective: its target, what is left of its budget, and the burn rate of each window. */
import type { ObjectiveView } from '../../../../src/dashboard/contract/slo.ts'
import { countText, numberText, percentText } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import type { Tone } from '../../parts/tone.ts'

export function ObjectiveCard({
  objective: { service, objective, target, requests, failures, remaining, burnRates, isBurning },
}: {
  readonly objective: ObjectiveView
}) {
  const tone = budgetTone(remaining)
  const windows = Object.entries(burnRates)
  const most = Math.max(1, ...windows.map(([, rate]) => rate))
  return (
    <article class="card objective" aria-label={`${service} ${objective}`}>
      <header class="section-head">
        <h2 class="with-dot">
          <ServiceTag name={service} isLink /> <span class="muted">{objective}</span>
        </h2>
        <StateBadge isBurning={isBurning} remaining={remaining} />
      </header>
      <div class="budget">
        <div class="budget-figures">
          <strong class={tone === 'ok' ? undefined : `is-${tone}`}>
            {remaining < 0 ? `${numberText(1 - remaining)}×` : percentText(remaining)}
          </strong>
          <span class="muted">{remaining < 0 ? 'the error budget spent' : 'of the error budget left'}</span>
        </div>
        <div class="meter" data-tone={tone} role="img" aria-label={`${percentText(remaining)} left`}>
          <div style={{ width: `${remaining < 0 ? 100 : Math.min(1, remaining) * 100}%` }} />
        </div>
      </div>
      <p class="muted">
        Target {percentText(target)}: {countText(failures)} of {countText(requests)} requests were bad since the start.
      </p>
      {windows.length > 0 && (
        <dl class="burn-rates" aria-label="Burn rates by window">
          {windows.map(([window, rate]) => (
            <div key={window}>
              <dt>{window}</dt>
              <dd class="meter" data-tone={rate >= 1 ? (rate >= 6 ? 'bad' : 'warn') : 'accent'}>
                <div style={{ width: `${Math.max(0, (rate / most) * 100)}%` }} />
              </dd>
              <dd class={rate >= 1 ? (rate >= 6 ? 'is-bad' : 'is-warn') : undefined}>{numberText(rate)}×</dd>
            </div>
          ))}
        </dl>
      )}
    </article>
  )
}

function StateBadge({ isBurning, remaining }: Pick<ObjectiveView, 'isBurning' | 'remaining'>) {
  if (isBurning) return <Badge tone="bad">burning</Badge>
  return remaining <= 0 ? <Badge tone="bad">spent</Badge> : <Badge tone="ok">in budget</Badge>
}

function budgetTone(remaining: number): Tone {
  if (remaining <= 0) return 'bad'
  return remaining < 0.25 ? 'warn' : 'ok'
}
