/** Tables that read well as text and as Markdown. */
export type Row = readonly string[]

/** The first column stands left, all others right. */
export function table(head: Row, rows: readonly Row[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)))
  const line = (row: Row) =>
    `| ${widths.map((width, column) => pad(row[column] ?? '', { width, isLeft: column === 0 })).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? `:${'-'.repeat(width + 1)}` : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** Three figures that count, and not a number more than that says: `0.54`, `5.4`, `54`, `5,400`. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(value >= 10 ? 1 : 2)
}

export function ratio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(2)
}

export function mebibytes(kb: number | undefined): string {
  return kb === undefined || !Number.isFinite(kb) ? '–' : (kb / 1024).toFixed(1)
}

function pad(text: string, { width, isLeft }: { width: number; isLeft: boolean }): string {
  return isLeft ? text.padEnd(width) : text.padStart(width)
}
