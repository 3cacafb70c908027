/** A small line over time without axes; a gap where nothing was measured. */
export interface SparklineProps {
  readonly label: string
  readonly values: readonly (number | null)[]
  readonly color: string
  /** The value at the top; default the largest one. */
  readonly max?: number
}

const width = 100
const height = 24

export function Sparkline({ label, values, color, max }: SparklineProps) {
  const measured = values.filter((value) => value !== null)
  if (measured.length < 2) return <span class="faint">–</span>
  const top = Math.max(max ?? 0, ...measured) || 1
  const line = linePath(values, top)
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={`${line}L${width},${height}L0,${height}Z`} fill={color} opacity="0.14" />
      <path d={line} fill="none" stroke={color} stroke-width="1.4" stroke-linejoin="round" />
    </svg>
  )
}

function linePath(values: readonly (number | null)[], top: number): string {
  let path = ''
  let isPenUp = true
  for (const [at, value] of values.entries()) {
    if (value !== null) {
      const x = (at / (values.length - 1)) * width
      const y = height - 1 - (value / top) * (height - 2)
      path += `${isPenUp && path === '' ? 'M' : 'L'}${x.toFixed(1)},${y.toFixed(1)}`
    }
    isPenUp = value === null
  }
  return path
}
