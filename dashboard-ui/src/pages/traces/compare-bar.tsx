/** Traces that were marked: one waits for its second, two can be compared. */
import { plural } from '../../format/numbers.ts'

export interface CompareBarProps {
  readonly marked: readonly string[]
  readonly onClear: () => void
}

export function CompareBar({ marked: [left, right], onClear }: CompareBarProps) {
  return (
    <div class="toolbar" role="status">
      <span class="muted">
        {plural(right === undefined ? 1 : 2, 'trace')} marked
        {right === undefined ? '; mark another one to compare them' : ''}
      </span>
      <span class="toolbar-end">
        {left !== undefined && right !== undefined && (
          <a class="button button-main button-small" href={`/traces/${left}/compare/${right}`}>
            Compare
          </a>
        )}
        <button type="button" class="button button-small" onClick={onClear}>
          Clear
        </button>
      </span>
    </div>
  )
}
