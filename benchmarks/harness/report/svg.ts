/**
 * CPU time per request as bars: one panel for each scenario, targets from the cheapest to the dearest, the limit as a line.
 *
 *   (a) GET /ping
 *   C, epoll      ▇│
 *   Genever Bun   ▇│▇▇
 *   Gin           ▇│▇▇▇▇▇▇▇
 */
import type { Results } from '../results.ts'
import { limit } from './load-section.ts'
import { summarize } from './summary.ts'
import { figure } from './table.ts'

const connections = 100
const panel = { width: 560, label: 230, bar: 260, row: 18, top: 44, gap: 24 }
const columns = 2

interface Bar {
  readonly name: string
  readonly title: string
  readonly us: number
}

/** '' when there is nothing to draw. */
export function svg(results: Results): string {
  const panels = results.scenarios
    .map((scenario) => ({ scenario, bars: barsOf(results, scenario.name) }))
    .filter(({ bars }) => bars.length > 0)
  if (panels.length === 0) return ''
  const height = panel.top + Math.max(...panels.map(({ bars }) => bars.length)) * panel.row + panel.gap
  const drawn = panels.map(({ scenario, bars }, i) => {
    const at = `translate(${(i % columns) * panel.width}, ${40 + Math.floor(i / columns) * height})`
    return `<g transform="${at}">${drawPanel(`(${scenario.name}) ${scenario.title}`, bars)}</g>`
  })
  const size = { width: panel.width * columns, height: 40 + Math.ceil(panels.length / columns) * height }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>CPU time per request by scenario and target</title>',
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="12" y="26" font-size="16" font-weight="600">CPU time per request, µs, ${connections} connections, best round: shorter is better</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function barsOf(results: Results, scenario: string): Bar[] {
  const bars = results.targets.flatMap(({ name, title }) => {
    const us = summarize(results, { target: name, scenario, connections, rate: 0 })?.minUs
    return us === undefined ? [] : [{ name, title, us }]
  })
  return bars.toSorted((a, b) => a.us - b.us)
}

/** Bars end at four times the middle one: a single slow target must not make all others a hair. */
function drawPanel(title: string, bars: readonly Bar[]): string {
  const middle = bars[Math.floor(bars.length / 2)]?.us ?? 1
  const most = Math.min(bars.at(-1)?.us ?? 1, middle * 4)
  const widthOf = (us: number) => (Math.min(us, most) / most) * panel.bar
  const rows = bars.map((bar, i) => {
    const y = panel.top + i * panel.row
    const width = widthOf(bar.us)
    return [
      `<text x="${panel.label - 8}" y="${y + 12}" text-anchor="end">${escaped(bar.title)}</text>`,
      `<rect x="${panel.label}" y="${y + 2}" width="${width.toFixed(1)}" height="${panel.row - 5}" fill="${colorOf(bar.name)}"/>`,
      `<text x="${(panel.label + width + 6).toFixed(1)}" y="${y + 12}">${figure(bar.us)}${bar.us > most ? ' →' : ''}</text>`,
    ].join('')
  })
  const limitUs = bars.find(({ name }) => name === limit)?.us
  const line = limitUs === undefined ? '' : limitLine(panel.label + widthOf(limitUs), bars.length)
  return `<text x="12" y="30" font-weight="600">${escaped(title)}</text>${rows.join('\n')}${line}`
}

function limitLine(x: number, rows: number): string {
  const at = x.toFixed(1)
  return `<line x1="${at}" x2="${at}" y1="${panel.top}" y2="${panel.top + rows * panel.row}" stroke="#555" stroke-dasharray="3 3"/>`
}

function colorOf(name: string): string {
  if (name.startsWith('genever')) return '#2f7d4f'
  if (name.startsWith('gin')) return '#3b82c4'
  return name === limit ? '#555' : '#b9bec6'
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
