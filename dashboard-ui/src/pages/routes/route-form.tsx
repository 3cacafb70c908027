/** Trying a route: a field for each parameter, the body as JSON, and what came back. */
import { useState } from 'preact/hooks'
import type { TryAnswer } from '../../../../src/dashboard/contract/routes.ts'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { useResource } from '../../api/use-resource.ts'
import { ErrorNote } from '../../parts/error-note.tsx'
import { Field } from '../../parts/field.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { session } from '../../shell/session.ts'
import { AnswerView } from './answer-view.tsx'
import { type OperationForm, operationForm } from './open-api.ts'
import { ParameterField } from './parameter-field.tsx'
import { rememberedHeaders } from './remembered-headers.ts'
import { fieldKey, targetPath, type Values } from './target-path.ts'

export interface RouteFormProps {
  readonly service: string
  readonly url: string
  readonly method: string
  readonly path: string
}

export function RouteForm(props: RouteFormProps) {
  const { service, method, path } = props
  const resource = useResource(`openapi/${service}`, (signal) =>
    api.readOpenApi({ params: { name: service } }, { signal }),
  )
  return (
    <ResourceView resource={resource}>
      {(document) => {
        const form = operationForm(document, method, path)
        return form ? (
          <TryForm {...props} form={form} />
        ) : (
          <p class="muted">The service’s document does not know this route any more.</p>
        )
      }}
    </ResourceView>
  )
}

type Method = Parameters<typeof api.tryRequest>[0]['body']['method']

function TryForm({ service, url, method, path, form }: RouteFormProps & { readonly form: OperationForm }) {
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(form.fields.map((field) => [fieldKey(field), field.first])),
  )
  const [headers, setHeaders] = useState(rememberedHeaders.get)
  const [body, setBody] = useState(form.body?.example ?? '')
  const [answer, setAnswer] = useState<TryAnswer | undefined>()
  const [error, setError] = useState<ApiError | undefined>()
  const [isSending, setSending] = useState(false)
  const target = targetPath(path, form.fields, values)
  const state = session.get()
  const isAllowed = state.kind === 'open' && state.view.actions.requests

  const send = async (): Promise<void> => {
    setSending(true)
    setError(undefined)
    rememberedHeaders.set(headers)
    try {
      const given = form.fields
        .filter(({ place }) => place === 'header')
        .map((field) => [field.name, values[fieldKey(field)] ?? ''] as const)
      const sent = {
        ...(form.body !== null && body !== '' && { 'content-type': form.body.type }),
        ...headersFrom(headers),
        ...Object.fromEntries(given.filter(([, value]) => value !== '')),
      }
      const request = {
        method: method as Method,
        path: target,
        headers: sent,
        ...(form.body !== null && body !== '' && { body }),
      }
      setAnswer(await api.tryRequest({ params: { name: service }, body: request }))
    } catch (thrown) {
      setAnswer(undefined)
      setError(toApiError(thrown))
    } finally {
      setSending(false)
    }
  }

  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <header class="section">
        <h2 class="try-title">
          <ServiceTag name={service} isLink /> <span class="method">{method}</span> <code>{path}</code>
        </h2>
        {form.summary !== '' && <p class="muted">{form.summary}</p>}
      </header>
      {form.fields.length > 0 && (
        <div class="try-fields">
          {form.fields.map((field) => (
            <ParameterField
              key={fieldKey(field)}
              field={field}
              value={values[fieldKey(field)] ?? ''}
              onChange={(value) => setValues({ ...values, [fieldKey(field)]: value })}
            />
          ))}
        </div>
      )}
      <Field label="Headers" hint="One a line, such as authorization: Bearer …">
        <textarea
          class="textarea try-headers"
          rows={2}
          spellcheck={false}
          value={headers}
          onInput={(event) => setHeaders(event.currentTarget.value)}
        />
      </Field>
      {form.body !== null && (
        <Field label={`Body, ${form.body.type}`}>
          <textarea
            class="textarea"
            rows={Math.min(16, Math.max(4, body.split('\n').length))}
            spellcheck={false}
            value={body}
            onInput={(event) => setBody(event.currentTarget.value)}
          />
        </Field>
      )}
      <div class="try-send">
        <button type="submit" class="button button-main" disabled={isSending || !isAllowed}>
          {isSending ? 'Sending …' : 'Send'}
        </button>
        <code class="muted truncate">
          {method} {url}
          {target}
        </code>
      </div>
      {!isAllowed && (
        <p class="muted">This dashboard does not send requests: it was started without that permission.</p>
      )}
      {error && <ErrorNote error={error} />}
      {answer && <AnswerView answer={answer} />}
    </form>
  )
}

function headersFrom(text: string): Record<string, string> {
  const pairs = text.split('\n').map((line) => /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line))
  return Object.fromEntries(pairs.flatMap((pair) => (pair?.[1] ? [[pair[1].toLowerCase(), pair[2] ?? '']] : [])))
}
