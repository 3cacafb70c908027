/** What went wrong, in the server's own words, and a way to try again. */
import type { ApiError } from '../api/api-error.ts'

export interface ErrorNoteProps {
  readonly error: ApiError
  readonly onRetry?: () => void
}

export function ErrorNote({ error, onRetry }: ErrorNoteProps) {
  return (
    <div class="note" data-tone="bad" role="alert">
      <span>
        {error.message} <code class="faint">{error.code}</code>
      </span>
      {onRetry && (
        <button type="button" class="button button-small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
