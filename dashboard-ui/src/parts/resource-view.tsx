/**
 * A resource on the page: its value as soon as there is one, which stays while it is loaded again or when that fails.
 */
import type { ComponentChildren } from 'preact'
import type { Resource } from '../api/use-resource.ts'
import { ErrorNote } from './error-note.tsx'

export interface ResourceViewProps<T> {
  readonly resource: Resource<T>
  readonly children: (value: T) => ComponentChildren
}

export function ResourceView<T>({ resource: { value, error, reload }, children }: ResourceViewProps<T>) {
  const note = error && (
    <div class="resource-error">
      <ErrorNote error={error} onRetry={reload} />
    </div>
  )
  if (value === undefined) return note ?? <p class="loading">Loading …</p>
  return (
    <>
      {note}
      {children(value)}
    </>
  )
}
