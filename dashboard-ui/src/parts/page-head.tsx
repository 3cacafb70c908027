/** The head of a page: where the visitor is, a few words, and what can be done. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

export interface PageHeadProps {
  readonly title: string
  /** Pages above this one. */
  readonly crumbs?: readonly (readonly [text: string, href: string])[]
  readonly note?: ComponentChildren
  readonly children?: ComponentChildren
}

export function PageHead({ title, crumbs = [], note, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Genever`
  }, [title])
  return (
    <header class="page-head">
      <div class="page-title">
        {crumbs.map(([text, href]) => (
          <a key={href} class="crumb" href={href}>
            {text} <span aria-hidden="true">/</span>
          </a>
        ))}
        <h1>{title}</h1>
        {note !== undefined && <span class="page-note">{note}</span>}
      </div>
      {children && <div class="page-actions">{children}</div>}
    </header>
  )
}
