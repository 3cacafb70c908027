/** What a service answered: status, time, trace, headers and body. */
import type { TryAnswer } from '../../../../src/dashboard/contract/routes.ts'
import { durationText } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import type { Tone } from '../../parts/tone.ts'
import { href, traceHref } from '../../routing/href.ts'

export function AnswerView({ answer }: { readonly answer: TryAnswer }) {
  const { status, headers, durationMs, traceId, isCut } = answer
  const text = bodyText(answer)
  return (
    <section class="section" aria-label="Answer" aria-live="polite">
      <div class="section-head">
        <h2 class="with-dot">
          Answer <Badge tone={toneOf(status)}>{status}</Badge> <span class="muted">{durationText(durationMs)}</span>
        </h2>
        <span class="link-row">
          <a class="button button-small" href={traceHref(traceId)}>
            Its trace
          </a>
          <a class="button button-small" href={href('/logs', { traceId })}>
            Its logs
          </a>
          <CopyButton label="Copy the body" text={text} />
        </span>
      </div>
      {text === '' ? <p class="muted">It has no body.</p> : <pre class="code answer-body">{text}</pre>}
      {isCut && <p class="is-warn">Only the first MiB is shown.</p>}
      <details>
        <summary class="muted">{headers.length} headers</summary>
        <dl class="attributes">
          {headers.map(([name, value], at) => (
            <div key={at}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  )
}

function toneOf(status: number): Tone {
  if (status >= 500) return 'bad'
  return status >= 400 ? 'warn' : 'ok'
}

function bodyText({ body, bodyEncoding }: TryAnswer): string {
  if (bodyEncoding === 'base64') return `(bytes, in base64)\n${body}`
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
