/**
 * Ranges of bytes (RFC 9110 section 14), as one answer can serve them.
 *
 *   bytes=0-499   bytes=500-   bytes=-200   bytes=0-99,50-149   ▶ one range each: overlapping ones are joined
 *   bytes=0-0,500-600                                           ▶ all of it, which a server may always send
 *
 * Several parts in one answer are not offered: hardly any client asks for them, and a header of a thousand overlapping
 * ranges makes a server send a file a thousand times over.
 */

export interface ByteRange {
  /** First byte. */
  readonly start: number
  /** The byte behind the last one. */
  readonly end: number
}

/** `all`: no range was asked for, or none that is served. `unsatisfiable`: 416. */
export type RangeDecision = ByteRange | 'all' | 'unsatisfiable'

/** Another unit than bytes, or a header that breaks the grammar, is as good as none (section 14.2). */
const byteRanges = /^bytes\s*=\s*([\d\-,\s]+)$/i
const oneRange = /^(\d{0,15})-(\d{0,15})$/
const maxRanges = 16

/** What to send of `size` bytes for the value of a `Range` header. */
export function decideRange(header: string | undefined, size: number): RangeDecision {
  const list = header === undefined ? undefined : byteRanges.exec(header)?.[1]
  if (list === undefined) return 'all'
  const specs = list
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '')
  if (specs.length === 0 || specs.length > maxRanges) return 'all'

  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const range = resolveRange(spec, size)
    if (range === 'malformed') return 'all'
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  return ranges.length === 0 ? 'unsatisfiable' : (joined(ranges) ?? 'all')
}

function resolveRange(spec: string, size: number): ByteRange | 'unsatisfiable' | 'malformed' {
  const match = oneRange.exec(spec)
  if (match === null || spec === '-') return 'malformed'
  const [, first = '', last = ''] = match
  if (first === '') {
    const suffix = Number(last)
    return suffix === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - suffix), end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return 'malformed'
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

/** The one range that all of them make together, if there is no gap. */
function joined(ranges: readonly ByteRange[]): ByteRange | undefined {
  const sorted = ranges.toSorted((a, b) => a.start - b.start)
  let { start, end } = sorted[0] as ByteRange
  for (const range of sorted) {
    if (range.start > end) return undefined
    end = Math.max(end, range.end)
  }
  return { start, end }
}
