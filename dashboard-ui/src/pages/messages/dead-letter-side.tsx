/**
 * Dead letters of one topic: why each failed, what it carries when one asks for it, and replaying or discarding some or all.
 */
import { useState } from 'preact/hooks'
import type { DeadLetterView } from '../../../../src/service/operations/operations-api.ts'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { Ago } from '../../parts/ago.tsx'
import { ErrorNote } from '../../parts/error-note.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { traceHref } from '../../routing/href.ts'
import { useFilters } from '../../routing/use-filters.ts'
import { useMayRepair } from '../../shell/use-may-repair.ts'

export interface DeadLetterSideProps {
  readonly service: string
  readonly topic: string
  readonly onClose: () => void
  readonly onSettled: () => void
}

export function DeadLetterSide({ service, topic, onClose, onSettled }: DeadLetterSideProps) {
  const filters = useFilters()
  const text = filters.get('text')
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [withPayload, setPayload] = useState(false)
  const [told, setTold] = useState('')
  const [error, setError] = useState<ApiError | undefined>()
  const mayRepair = useMayRepair()
  const query = { topic, limit: 200, ...(text !== '' && { text }), ...(withPayload && { payload: true }) }
  const resource = useResource(
    `letters/${service}/${topic}/${text}/${withPayload}`,
    (signal) => api.readDeadLetters({ params: { name: service }, query }, { signal }),
    { on: ['messages'], everyMs: 3_000 },
  )
  const letters = resource.value?.letters ?? []
  const chosen = letters.map(({ position }) => position).filter((position) => marked.has(position))

  const settle = async (what: 'replay' | 'discard', positions: readonly string[]): Promise<void> => {
    setError(undefined)
    const all = { all: true, ...(text !== '' && { text }) }
    const body = { topic, ...(positions.length > 0 ? { positions } : all) }
    const call = what === 'replay' ? api.replayLetters : api.discardLetters
    try {
      const { messages } = await call({ params: { name: service }, body })
      setTold(`${plural(messages, 'message')} ${what === 'replay' ? 'replayed' : 'discarded'}`)
      setMarked(new Set())
    } catch (thrown) {
      setError(toApiError(thrown))
    }
    resource.reload()
    onSettled()
  }
  const mark = (position: string): void => {
    const next = new Set(marked)
    if (!next.delete(position)) next.add(position)
    setMarked(next)
  }
  return (
    <div class="side letters">
      <div class="side-head">
        <h2 class="truncate">{topic}</h2>
        <button type="button" class="button button-quiet button-small button-icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <SearchField label="Search the reasons" value={text} onSearch={(value) => filters.set({ text: value })} />
      <label class="letters-payload">
        <input type="checkbox" class="mark" checked={withPayload} onChange={() => setPayload(!withPayload)} />
        Show payloads, secrets hidden
      </label>
      {mayRepair ? (
        <Actions count={chosen.length} total={letters.length} onSettle={(what) => void settle(what, chosen)} />
      ) : (
        <p class="muted">This dashboard shows and does not act.</p>
      )}
      <p class="muted" role="status">
        {told}
      </p>
      {error && <ErrorNote error={error} />}
      <ResourceView resource={resource}>
        {() =>
          letters.length === 0 ? (
            <p class="faint">No dead letters.</p>
          ) : (
            <ul class="letter-list" aria-label="Dead letters">
              {letters.map((letter) => (
                <Letter
                  key={letter.position}
                  letter={letter}
                  isMarked={marked.has(letter.position)}
                  onMark={() => mark(letter.position)}
                />
              ))}
            </ul>
          )
        }
      </ResourceView>
    </div>
  )
}

interface ActionsProps {
  readonly count: number
  readonly total: number
  readonly onSettle: (what: 'replay' | 'discard') => void
}

/** What cannot be taken back is asked for twice. */
function Actions({ count, total, onSettle }: ActionsProps) {
  const [isSure, setSure] = useState(false)
  const what = count > 0 ? String(count) : 'all'
  return (
    <div class="link-row">
      <button
        type="button"
        class="button button-main button-small"
        disabled={total === 0}
        onClick={() => onSettle('replay')}
      >
        Replay {what}
      </button>
      <button
        type="button"
        class="button button-small"
        disabled={total === 0}
        onBlur={() => setSure(false)}
        onClick={() => {
          if (isSure) onSettle('discard')
          setSure(!isSure)
        }}
      >
        {isSure ? `Really discard ${what}` : `Discard ${what}`}
      </button>
    </div>
  )
}

interface LetterProps {
  readonly letter: DeadLetterView
  readonly isMarked: boolean
  readonly onMark: () => void
}

function Letter({ letter, isMarked, onMark }: LetterProps) {
  const { id, key, type, group, code, reason, attempts, failedAt, traceId, bytes, payload } = letter
  return (
    <li class="card letter">
      <label class="letter-head">
        <input type="checkbox" class="mark" checked={isMarked} onChange={onMark} aria-label={`Choose ${key ?? id}`} />
        <strong class="truncate">{type}</strong>
        {key !== null && <code class="truncate">{key}</code>}
        <span class="faint letter-time">
          <Ago atMs={failedAt === null ? null : Date.parse(failedAt)} />
        </span>
      </label>
      <p class="letter-reason">
        <code class="is-bad">{code}</code> {reason}
      </p>
      <p class="faint letter-facts">
        for {group}, {plural(attempts, 'attempt')}, {plural(bytes, 'byte')}
        {traceId !== null && (
          <>
            , <a href={traceHref(traceId)}>trace</a>
          </>
        )}
      </p>
      {payload !== null && <pre class="letter-payload">{payload}</pre>}
    </li>
  )
}
