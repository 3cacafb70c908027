/** Faults at work, each with a button that ends it. */
import { useState } from 'preact/hooks'
import type { FaultView } from '../../../../src/dashboard/contract/faults.ts'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { percentText } from '../../format/numbers.ts'
import { spanText } from '../../format/times.ts'
import { useNow } from '../../live/clock.ts'
import { ErrorNote } from '../../parts/error-note.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { faultWords } from './fault-words.ts'

export interface ActiveFaultsProps {
  readonly faults: readonly { readonly service: string; readonly fault: FaultView }[]
  readonly onStopped: () => void
}

export function ActiveFaults({ faults, onStopped }: ActiveFaultsProps) {
  const [error, setError] = useState<ApiError | undefined>()
  const now = useNow()
  const stop = async (name: string, id: string): Promise<void> => {
    setError(undefined)
    try {
      await api.stopFault({ params: { name, id } })
    } catch (thrown) {
      setError(toApiError(thrown))
    }
    onStopped()
  }
  return (
    <>
      {error && <ErrorNote error={error} />}
      <div class="table-wrap">
        <table class="table wide-table">
          <thead>
            <tr>
              <th>Service</th>
              <th>Fault</th>
              <th>Hits</th>
              <th class="number">Ends in</th>
              <th>
                <span class="sr">Stop</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {faults.map(({ service, fault }) => {
              const { effect, target, share, endsAtMs, reason, by } = faultWords(fault)
              return (
                <tr key={`${service} ${fault.id}`}>
                  <td>
                    <ServiceTag name={service} isLink />
                  </td>
                  <td>
                    <strong class="is-warn">{effect}</strong>
                    <div class="faint">{[reason, by && `by ${by}`].filter(Boolean).join(', ')}</div>
                  </td>
                  <td>
                    {target}
                    {share < 1 && <span class="muted">, {percentText(share)}</span>}
                  </td>
                  <td class="number">{endsAtMs === null ? '–' : spanText(Math.max(0, endsAtMs - now))}</td>
                  <td class="number">
                    <button type="button" class="button button-small" onClick={() => void stop(service, fault.id)}>
                      Stop
                    </button>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </>
  )
}
