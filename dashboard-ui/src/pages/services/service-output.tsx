/** What a service last wrote to its standard output and error. */
import { useEffect, useRef } from 'preact/hooks'
import type { OutputLine } from '../../../../src/dashboard/contract/services.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { clockText } from '../../format/times.ts'
import { ResourceView } from '../../parts/resource-view.tsx'
import { href } from '../../routing/href.ts'
import { OutputText } from './output-text.tsx'

export interface ServiceOutputProps {
  readonly name: string
  readonly canControl: boolean
}

export function ServiceOutput({ name, canControl }: ServiceOutputProps) {
  const resource = useResource(
    `output/${name}`,
    (signal) => api.readOutput({ params: { name }, query: { limit: 200 } }, { signal }),
    {
      on: ['logs', 'service'],
      everyMs: 5_000,
      isWanted: canControl,
    },
  )
  if (!canControl) return null
  return (
    <section class="section">
      <div class="section-head">
        <h2>Output</h2>
        <a href={href('/logs', { service: name })}>All its logs</a>
      </div>
      <ResourceView resource={resource}>{({ lines }) => <Lines lines={lines} />}</ResourceView>
    </section>
  )
}

function Lines({ lines }: { readonly lines: readonly OutputLine[] }) {
  const box = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  const lastId = lines.at(-1)?.id
  useEffect(() => {
    if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [lastId])
  if (lines.length === 0) return <p class="muted">It has written nothing yet.</p>
  return (
    <pre
      class="code output"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40
      }}
    >
      {lines.map(({ id, atMs, stream, text }) => (
        <div key={id} class={stream === 'stderr' ? 'is-warn' : undefined}>
          <span class="faint">{clockText(atMs)}</span> <OutputText text={text} />
        </div>
      ))}
    </pre>
  )
}
