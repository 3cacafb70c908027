/**
 * A plot over time, drawn by uPlot on a canvas; the table behind it says the same to those who do not see.
 *
 *   times, series ─▶ new uPlot      once for each set of series, size and colours
 *                 └▶ setData        for every renewal, so that nothing flickers
 */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { clockText } from '../format/times.ts'
import { useSignal } from '../live/signal.ts'
import { resolvedColor } from '../theme/resolved-color.ts'
import { scheme } from '../theme/theme.ts'

export interface PlotSeries {
  readonly label: string
  /** Any CSS colour, variables included. */
  readonly color: string
  readonly values: readonly (number | null)[]
  readonly isFilled?: boolean
}

export interface PlotProps {
  readonly label: string
  /** Milliseconds since the epoch, ascending. */
  readonly times: readonly number[]
  readonly series: readonly PlotSeries[]
  readonly format: (value: number) => string
  readonly height?: number
  /** Plots with one key show the cursor at the same time. */
  readonly syncKey?: string
}

export function Plot({ label, times, series, format, height = 220, syncKey }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const colors = useSignal(scheme)
  const shape = JSON.stringify([
    series.map(({ label: name, color, isFilled }) => [name, color, isFilled]),
    height,
    colors,
    syncKey,
  ])
  const format_ = useRef(format)
  format_.current = format

  useEffect(() => {
    const element = box.current
    if (element === null) return
    const size = (): { width: number; height: number } => ({ width: Math.max(120, element.clientWidth), height })
    const drawn = new uPlot(
      optionsFor({ series, syncKey, format: (value) => format_.current(value), ...size() }),
      columnsOf(times, series),
      element,
    )
    plot.current = drawn
    const observer = new ResizeObserver(() => drawn.setSize(size()))
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.destroy()
      plot.current = undefined
    }
    // The data of the first drawing; later ones come by setData below.
  }, [shape])

  useEffect(() => plot.current?.setData(columnsOf(times, series)), [times, series, shape])

  const latest = series
    .map(({ label: name, values }) => `${name} ${latestText(values, format)}`)
    .slice(0, 12)
    .join(', ')
  return (
    <div class="plot" style={{ minHeight: `${height}px` }}>
      <div ref={box} role="img" aria-label={`${label}: ${latest}`} />
    </div>
  )
}

function columnsOf(times: readonly number[], series: readonly PlotSeries[]): uPlot.AlignedData {
  return [times.map((atMs) => atMs / 1_000), ...series.map(({ values }) => [...values])]
}

function latestText(values: readonly (number | null)[], format: (value: number) => string): string {
  const value = values.findLast((one) => one !== null)
  return value === undefined || value === null ? 'nothing' : format(value)
}

interface OptionsInput {
  readonly series: readonly PlotSeries[]
  readonly format: (value: number) => string
  readonly width: number
  readonly height: number
  readonly syncKey: string | undefined
}

function optionsFor({ series, format, width, height, syncKey }: OptionsInput): uPlot.Options {
  const muted = resolvedColor('var(--faint)')
  const grid = { stroke: resolvedColor('var(--line)'), width: 1 }
  const font = `11px ${getComputedStyle(document.body).fontFamily}`
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: false, y: false },
      ...(syncKey !== undefined && { sync: { key: syncKey } }),
    },
    scales: { x: { time: true }, y: { range: (_, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [
      {
        stroke: muted,
        grid: { show: false },
        ticks: { show: false },
        font,
        size: 24,
        gap: 6,
        space: 64,
        incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400],
        values: (_, ticks) => ticks.map(tickText),
      },
      {
        stroke: muted,
        grid,
        ticks: { show: false },
        font,
        gap: 6,
        size: (_, values) => Math.max(36, ...(values ?? []).map((text) => text.length * 6.6 + 12)),
        values: (_, ticks) => ticks.map(format),
        space: 36,
      },
    ],
    series: [{}, ...series.map(lineOf)],
    plugins: [tooltip(series, format)],
  }
}

function lineOf({ label, color, isFilled = false }: PlotSeries): uPlot.Series {
  const stroke = resolvedColor(color)
  const fill = isFilled ? resolvedColor(`color-mix(in srgb, ${color} 14%, transparent)`) : undefined
  return {
    label,
    stroke,
    width: 1.5,
    points: { show: true, size: 4, fill: stroke, filter: lonelyPoints },
    spanGaps: false,
    ...(fill !== undefined && { fill }),
  }
}

/** Seconds only where they are not zero. */
function tickText(atS: number): string {
  const text = clockText(atS * 1_000)
  return text.slice(6, 8) === '00' ? text.slice(0, 5) : text.slice(0, 8)
}

/** Values without a neighbour, which no line would show. */
function lonelyPoints(plot: uPlot, at: number): number[] {
  const values = plot.data[at] ?? []
  const isThere = (index: number): boolean => values[index] !== null && values[index] !== undefined
  return [...values.keys()].filter((index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1))
}

/** What the lines say at the cursor. */
function tooltip(series: readonly PlotSeries[], format: (value: number) => string): uPlot.Plugin {
  const box = document.createElement('div')
  box.className = 'plot-tip'
  box.hidden = true
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor(plot) {
        const at = plot.cursor.idx
        const atS = at === null || at === undefined ? undefined : plot.data[0][at]
        box.hidden = atS === undefined || (plot.cursor.left ?? -1) < 0
        if (box.hidden || at === null || at === undefined || atS === undefined) return
        box.replaceChildren(tipHead(clockText(atS * 1_000).slice(0, 8)), ...tipRows(plot, series, at, format))
        const left = plot.cursor.left ?? 0
        const isRight = left > plot.over.clientWidth / 2
        box.style.left = isRight ? '' : `${left + 12}px`
        box.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : ''
      },
    },
  }
}

function tipHead(text: string): HTMLElement {
  const head = document.createElement('div')
  head.className = 'faint'
  head.textContent = text
  return head
}

function tipRows(
  plot: uPlot,
  series: readonly PlotSeries[],
  at: number,
  format: (value: number) => string,
): HTMLElement[] {
  return series
    .map((line, index) => ({ line, value: plot.data[index + 1]?.[at] }))
    .filter(({ value }) => value !== null && value !== undefined)
    .toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))
    .slice(0, 12)
    .map(({ line, value }) => {
      const row = document.createElement('div')
      row.className = 'plot-tip-row'
      const swatch = document.createElement('span')
      swatch.className = 'swatch'
      swatch.style.background = line.color
      const name = document.createElement('span')
      name.textContent = line.label
      const number = document.createElement('strong')
      number.textContent = format(value ?? 0)
      row.append(swatch, name, number)
      return row
    })
}
