/** Stop, start and restart: what makes sense in the present state. */
import { useState } from 'preact/hooks'
import type { ServiceView } from '../../../../src/dashboard/contract/services.ts'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { ErrorNote } from '../../parts/error-note.tsx'
import { Icon } from '../../parts/icon.tsx'

type Action = 'stop' | 'start' | 'restart'

const calls = { stop: api.stopService, start: api.startService, restart: api.restartService }
const texts = { stop: 'Stop', start: 'Start', restart: 'Restart' }
const icons = { stop: 'stop', start: 'play', restart: 'restart' } as const

export interface ServiceActionsProps {
  readonly service: ServiceView
  /** Icons alone, for a row of a table. */
  readonly isCompact?: boolean
}

export function ServiceActions({ service, isCompact = false }: ServiceActionsProps) {
  const [busy, setBusy] = useState<Action | undefined>()
  const [error, setError] = useState<ApiError | undefined>()
  if (!service.canControl) return null
  const act = async (action: Action): Promise<void> => {
    setBusy(action)
    setError(undefined)
    try {
      await calls[action]({ params: { name: service.name } })
    } catch (thrown) {
      setError(toApiError(thrown))
    } finally {
      setBusy(undefined)
    }
  }
  const isDown = service.state === 'stopped' || service.state === 'crashed'
  const actions: readonly Action[] = isDown ? ['start'] : ['restart', 'stop']
  return (
    <>
      {error && <ErrorNote error={error} />}
      <span class="service-actions">
        {actions.map((action) => (
          <button
            key={action}
            type="button"
            class={`button ${isCompact ? 'button-small button-icon button-quiet' : ''}`}
            aria-label={isCompact ? `${texts[action]} ${service.name}` : undefined}
            title={texts[action]}
            disabled={busy !== undefined || service.state === 'stopping'}
            onClick={() => void act(action)}
          >
            <Icon name={icons[action]} />
            {!isCompact && texts[action]}
          </button>
        ))}
      </span>
    </>
  )
}
