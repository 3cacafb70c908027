/** Which rows of a long list are in sight, with some more on both sides so that scrolling shows no gap. */
export interface VisibleRangeInput {
  readonly count: number
  readonly rowHeight: number
  /** Distance from the top that is scrolled away, in pixels. */
  readonly top: number
  readonly height: number
  readonly more: number
}

export function visibleRange({ count, rowHeight, top, height, more }: VisibleRangeInput): { from: number; to: number } {
  const first = Math.floor(Math.max(0, top) / rowHeight)
  const last = Math.ceil((Math.max(0, top) + height) / rowHeight)
  const from = Math.min(Math.max(0, first - more), Math.max(0, count - 1))
  return { from, to: Math.min(count, Math.max(from, last + more)) }
}
