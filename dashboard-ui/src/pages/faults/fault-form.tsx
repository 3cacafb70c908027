/** Injecting a fault: what, where, for how many, for how long. */
import { useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { useResource } from '../../api/use-resource.ts'
import { ErrorNote } from '../../parts/error-note.tsx'
import { Field } from '../../parts/field.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { useFilters } from '../../routing/use-filters.ts'
import { type FaultFormValues, faultRequest, firstValues } from './fault-request.ts'

export interface FaultFormProps {
  readonly services: readonly string[]
  readonly onInjected: () => void
}

export function FaultForm({ services, onInjected }: FaultFormProps) {
  const filters = useFilters()
  const [values, setValues] = useState(firstValues)
  const [error, setError] = useState<ApiError | undefined>()
  const routes = useResource('routes', (signal) => api.listRoutes(undefined, { signal }))
  const service = services.includes(filters.get('service')) ? filters.get('service') : (services[0] ?? '')
  const change = (changes: Partial<FaultFormValues>): void => setValues({ ...values, ...changes })
  const known = routes.value?.services.find((one) => one.service === service)?.routes ?? []
  const inject = async (): Promise<void> => {
    setError(undefined)
    try {
      await api.injectFault({ params: { name: service }, body: faultRequest(values) })
      onInjected()
    } catch (thrown) {
      setError(toApiError(thrown))
    }
  }
  return (
    <form
      class="card fault-form"
      onSubmit={(event) => {
        event.preventDefault()
        void inject()
      }}
    >
      <h2>Inject a fault</h2>
      <Field label="Service">
        <select
          class="select"
          value={service}
          onChange={(event) => filters.set({ service: event.currentTarget.value })}
        >
          {services.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Segmented
        label="Effect"
        value={values.effect}
        options={[
          ['latency', 'Latency'],
          ['error', 'Error'],
          ['abort', 'Abort'],
        ]}
        onChange={(effect) => change({ effect })}
      />
      {values.effect === 'latency' && (
        <Field label="Delay, in ms">
          <input
            class="input"
            type="number"
            min="1"
            max="60000"
            required
            value={values.delay}
            onInput={(event) => change({ delay: event.currentTarget.value })}
          />
        </Field>
      )}
      {values.effect === 'error' && (
        <Field label="Status">
          <input
            class="input"
            type="number"
            min="400"
            max="599"
            required
            value={values.status}
            onInput={(event) => change({ status: event.currentTarget.value })}
          />
        </Field>
      )}
      {values.effect === 'abort' && <p class="muted">The connection is reset without an answer.</p>}
      <Segmented
        label="Side"
        value={values.side}
        options={[
          ['requests', 'Requests to it'],
          ['calls', 'Calls it makes'],
        ]}
        onChange={(side) => change({ side })}
      />
      {values.side === 'requests' ? (
        <Field label="Route">
          <select
            class="select"
            value={values.route === '' ? '' : `${values.method} ${values.route}`}
            onChange={(event) => {
              const [method = '', route = ''] = event.currentTarget.value.split(' ')
              change({ method, route })
            }}
          >
            <option value="">All routes</option>
            {known.map(({ method, path }) => (
              <option key={`${method} ${path}`} value={`${method} ${patternOf(path)}`}>
                {method} {path}
              </option>
            ))}
          </select>
        </Field>
      ) : (
        <Field label="To" hint="Name of a service, or host and port; all calls without it">
          <input
            class="input"
            list="fault-upstreams"
            value={values.upstream}
            onInput={(event) => change({ upstream: event.currentTarget.value })}
          />
          <datalist id="fault-upstreams">
            {services.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </Field>
      )}
      <Field label="Only with the header" hint="Such as x-user: ada, for one client alone">
        <input
          class="input"
          value={values.header}
          spellcheck={false}
          onInput={(event) => change({ header: event.currentTarget.value })}
        />
      </Field>
      <div class="field-pair">
        <Field label="Share, in %">
          <input
            class="input"
            type="number"
            min="0.1"
            max="100"
            step="any"
            required
            value={values.share}
            onInput={(event) => change({ share: event.currentTarget.value })}
          />
        </Field>
        <Field label="For, in seconds">
          <input
            class="input"
            type="number"
            min="1"
            max="3600"
            required
            value={values.duration}
            onInput={(event) => change({ duration: event.currentTarget.value })}
          />
        </Field>
      </div>
      <Field label="Reason">
        <input
          class="input"
          maxLength={200}
          value={values.reason}
          onInput={(event) => change({ reason: event.currentTarget.value })}
        />
      </Field>
      {error && <ErrorNote error={error} />}
      <button type="submit" class="button button-main" disabled={service === ''}>
        Inject
      </button>
    </form>
  )
}

/** `/orders/{id}` as OpenAPI writes it is `/orders/:id` to the service. */
function patternOf(path: string): string {
  return path.replaceAll(/\{([^}]+)\}/g, ':$1')
}
