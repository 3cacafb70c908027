/** Groups of one broker, each with how far it is behind and what failed; its dead letters open beside the table. */
import type { BrokerView, GroupView } from '../../../../src/service/operations/operations-api.ts'
import { countText, plural } from '../../format/numbers.ts'
import { Ago } from '../../parts/ago.tsx'
import { Badge } from '../../parts/badge.tsx'
import { WithDot } from '../../parts/with-dot.tsx'
import { href } from '../../routing/href.ts'

export interface GroupTableProps {
  readonly service: string
  readonly broker: BrokerView
  readonly chosenTopic: string
}

export function GroupTable({ service, broker: { groups, deadLetters }, chosenTopic }: GroupTableProps) {
  const lettersIn = new Map(deadLetters.map(({ topic, letters }) => [topic, letters]))
  return (
    <div class="table-wrap">
      <table class="table groups-table" aria-label={`Groups of ${service}`}>
        <colgroup>
          <col style={{ width: '22%' }} />
          <col style={{ width: '17%' }} />
          <col style={{ width: '7%' }} />
          <col style={{ width: '9%' }} />
          <col style={{ width: '9%' }} />
          <col style={{ width: '9%' }} />
          <col style={{ width: '16%' }} />
          <col style={{ width: '11%' }} />
        </colgroup>
        <thead>
          <tr>
            <th>Topic</th>
            <th>Group</th>
            <th class="number">Lag</th>
            <th class="number">In flight</th>
            <th class="number">Handled</th>
            <th class="number">Retried</th>
            <th>Last error</th>
            <th class="number">Dead letters</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={`${group.topic} ${group.group}`}>
              <td>
                <strong>{group.topic}</strong>
                <div class="faint">{group.types.join(', ')}</div>
              </td>
              <td>
                <WithDot tone={toneOf(group)}>{group.group}</WithDot>
                {group.isPaused && <Badge tone="warn">paused</Badge>}
              </td>
              <td class={(group.lag ?? 0) > group.concurrency ? 'number is-warn' : 'number'}>
                {group.lag === null ? '–' : countText(group.lag)}
              </td>
              <td class="number">{countText(group.inFlight)}</td>
              <td class="number">{countText(group.handled)}</td>
              <td class="number">{countText(group.retried)}</td>
              <td>
                {group.lastError === null ? (
                  <span class="faint">none</span>
                ) : (
                  <span title={group.lastError.message}>
                    <code>{group.lastError.code}</code>{' '}
                    <span class="faint">
                      <Ago atMs={Date.parse(group.lastError.at)} />
                    </span>
                  </span>
                )}
              </td>
              <td class="number">
                <Letters
                  service={service}
                  group={group}
                  letters={lettersIn.get(group.deadLetter ?? '')}
                  isChosen={chosenTopic === group.deadLetter}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface LettersProps {
  readonly service: string
  readonly group: GroupView
  readonly letters: number | null | undefined
  readonly isChosen: boolean
}

function Letters({ service, group: { deadLetter }, letters, isChosen }: LettersProps) {
  if (deadLetter === null) return <span class="faint">tried for ever</span>
  if (letters === null || letters === undefined) return <span class="faint">–</span>
  return (
    <a
      class={letters > 0 ? 'is-bad' : 'faint'}
      href={href('/messages', { service, topic: deadLetter })}
      aria-current={isChosen ? 'true' : undefined}
      aria-label={`${plural(letters, 'dead letter')} in ${deadLetter}`}
    >
      {countText(letters)}
    </a>
  )
}

function toneOf({ isPaused, deadLettered, lag, concurrency }: GroupView) {
  if (isPaused) return 'warn'
  if (deadLettered > 0) return 'bad'
  return (lag ?? 0) > concurrency ? 'warn' : 'ok'
}
