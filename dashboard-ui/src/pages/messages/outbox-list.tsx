/** The outboxes of a service: what waits, since when, who relays it, and what the broker refused. */
import { useState } from 'preact/hooks'
import type { OutboxStateView } from '../../../../src/service/operations/operations-api.ts'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { countText, plural } from '../../format/numbers.ts'
import { spanText } from '../../format/times.ts'
import { ErrorNote } from '../../parts/error-note.tsx'
import { WithDot } from '../../parts/with-dot.tsx'
import { useMayRepair } from '../../shell/use-may-repair.ts'

export interface OutboxListProps {
  readonly service: string
  readonly outboxes: readonly OutboxStateView[]
  readonly onRetried: () => void
}

export function OutboxList({ service, outboxes, onRetried }: OutboxListProps) {
  const [error, setError] = useState<ApiError | undefined>()
  const mayRepair = useMayRepair()
  const retry = async (): Promise<void> => {
    setError(undefined)
    await api.retryOutbox({ params: { name: service } }).catch((thrown: unknown) => setError(toApiError(thrown)))
    onRetried()
  }
  return (
    <>
      {error && <ErrorNote error={error} />}
      {outboxes.map(({ name, messages, oldestMs, failed, refusals, relays, lastError }) => (
        <div key={name} class="card outbox" role="group" aria-label={`Outbox ${name} of ${service}`}>
          <WithDot tone={lastError !== null || failed > 0 ? 'bad' : messages > 0 ? 'warn' : 'ok'}>
            <strong>{name}</strong>
          </WithDot>
          <span>
            {messages === 0 ? 'Nothing waits' : `${countText(messages)} waiting, the oldest for ${spanText(oldestMs)}`}
          </span>
          <span class="muted">{plural(relays.length, 'relay')}</span>
          {lastError !== null && <span class="is-bad">{lastError}</span>}
          {failed > 0 && (
            <>
              <span class="is-bad">
                {countText(failed)} refused for good: {refusals.map(({ topic, code }) => `${topic} ${code}`).join(', ')}
              </span>
              {mayRepair && (
                <button type="button" class="button button-small" onClick={() => void retry()}>
                  Try again
                </button>
              )}
            </>
          )}
        </div>
      ))}
    </>
  )
}
