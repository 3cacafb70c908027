/**
 * Conditional requests (RFC 9110 section 13): whether what the client knows still holds.
 *
 *   if-match ─none─▶ if-unmodified-since ─▶ fails: 412
 *      └─▶ if-none-match ─none─▶ if-modified-since ─▶ unchanged: 304 for GET and HEAD, else 412
 *            └─▶ range with if-range ─▶ changed: the whole
 */

/** What the current representation is known by. */
export interface Validators {
  /** With its quotes, and `W/` if it is weak. */
  readonly etag?: string
  readonly lastModified?: Date
}

export interface ConditionalRequest {
  readonly method: string
  /** The value of a request header by its lower-case name. */
  header(name: string): string | undefined
}

/** The order of evaluation is that of section 13.2.2. */
export function evaluatePreconditions(request: ConditionalRequest, validators: Validators): 'proceed' | 304 | 412 {
  const { method } = request
  const ifMatch = request.header('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, validators.etag, isSameStrongly)) return 412
  } else if (isNewerThan(request.header('if-unmodified-since'), validators)) return 412

  const isRead = method === 'GET' || method === 'HEAD'
  const ifNoneMatch = request.header('if-none-match')
  if (ifNoneMatch !== undefined) {
    if (!matches(ifNoneMatch, validators.etag, isSameWeakly)) return 'proceed'
    return isRead ? 304 : 412
  }
  const since = request.header('if-modified-since')
  const isUnchanged =
    isRead && since !== undefined && validators.lastModified !== undefined && !isNewerThan(since, validators)
  return isUnchanged && parseHttpDate(since) !== undefined ? 304 : 'proceed'
}

/** Whether a `Range` applies: the client has a part of this very representation (section 13.1.5). */
export function rangeApplies(request: ConditionalRequest, { etag, lastModified }: Validators): boolean {
  const ifRange = request.header('if-range')
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"')) return etag !== undefined && isSameStrongly(ifRange, etag)
  const date = parseHttpDate(ifRange)
  return date !== undefined && lastModified !== undefined && toSeconds(lastModified.getTime()) === toSeconds(date)
}

type Compare = (a: string, b: string) => boolean

function isSameStrongly(a: string, b: string): boolean {
  return a === b && !a.startsWith('W/')
}

function isSameWeakly(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '')
}

/** `*` matches whatever exists; a list matches by any of its tags. */
function matches(header: string, etag: string | undefined, compare: Compare): boolean {
  if (header.trim() === '*') return true
  if (etag === undefined) return false
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? []
  return tags.some((tag) => compare(tag, etag))
}

/** False for a date that is absent or malformed: such a condition is ignored. */
function isNewerThan(header: string | undefined, { lastModified }: Validators): boolean {
  const date = header === undefined ? undefined : parseHttpDate(header)
  if (date === undefined || lastModified === undefined) return false
  return toSeconds(lastModified.getTime()) > toSeconds(date)
}

/** HTTP's dates have no fractions. */
function toSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000)
}

/** Milliseconds since the epoch. The preferred form of section 5.6.7; clients that send an obsolete one get the whole. */
const httpDate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/

function parseHttpDate(text: string): number | undefined {
  if (!httpDate.test(text)) return undefined
  const timeMs = Date.parse(text)
  return Number.isNaN(timeMs) ? undefined : timeMs
}
