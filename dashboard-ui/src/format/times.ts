/** Points in time as people read them, in the visitor's own time zone. */
import { durationText, nothing } from './numbers.ts'

/** `14:03:07.123` */
export function clockText(atMs: number): string {
  const at = new Date(atMs)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

/** `2026-11-28 14:03:07.123` */
export function dateTimeText(atMs: number): string {
  const at = new Date(atMs)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clockText(atMs)}`
}

/** `3 s ago`; whole units only, so that it changes seldom. */
export function agoText(atMs: number | null | undefined, nowMs: number): string {
  if (atMs === null || atMs === undefined) return nothing
  const seconds = Math.max(0, Math.floor((nowMs - atMs) / 1_000))
  if (seconds < 2) return 'now'
  return `${spanText(seconds * 1_000)} ago`
}

/** `in 3 h`; whole units only. */
export function untilText(atMs: number, nowMs: number): string {
  const seconds = Math.ceil((atMs - nowMs) / 1_000)
  return seconds < 1 ? 'now' : `in ${spanText(seconds * 1_000)}`
}

/** How long, in its largest whole unit: `42 s`, `7 min`, `3 h`. */
export function spanText(ms: number): string {
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.floor(ms / 3_600_000)} h`
  return durationText(ms)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
