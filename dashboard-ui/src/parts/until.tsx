/** `in 3 h`, kept true. */
import { dateTimeText, untilText } from '../format/times.ts'
import { useNow } from '../live/clock.ts'

export function Until({ atMs }: { readonly atMs: number }) {
  const now = useNow()
  return (
    <span class="one-line" title={dateTimeText(atMs)}>
      {untilText(atMs, now)}
    </span>
  )
}
