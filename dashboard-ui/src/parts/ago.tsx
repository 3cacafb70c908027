/** `3 s ago`, kept true. */
import { agoText, dateTimeText } from '../format/times.ts'
import { useNow } from '../live/clock.ts'

export function Ago({ atMs }: { readonly atMs: number | null }) {
  const now = useNow()
  return <span title={atMs === null ? undefined : dateTimeText(atMs)}>{agoText(atMs, now)}</span>
}
