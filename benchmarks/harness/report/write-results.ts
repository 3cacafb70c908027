/** One run, three files: results.json (every round, with percentiles instead of its thousand counts), results.md (tables), cpu.svg (the plot). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { histogramFrom, percentileNs } from '../histogram.ts'
import type { LoadRound, Results } from '../results.ts'
import { markdown } from './markdown.ts'
import { svg } from './svg.ts'

/** Resolves with the page. */
export async function writeResults(results: Results, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const page = markdown(results)
  const plot = svg(results)
  const link = plot === '' ? '' : '\n![CPU time per request](cpu.svg)\n'
  await writeFile(join(folder, 'results.json'), jsonOf({ ...results, load: results.load.map(toStored) }))
  await writeFile(join(folder, 'results.md'), page + link)
  if (plot !== '') await writeFile(join(folder, 'cpu.svg'), plot)
  return page
}

function toStored({ latencies, cpuUs, ...round }: LoadRound) {
  const histogram = histogramFrom(latencies)
  const ms = (part: number) => Number((percentileNs(histogram, part) / 1e6).toFixed(3))
  const latencyMs = { p50: ms(0.5), p90: ms(0.9), p99: ms(0.99), 'p99.9': ms(0.999) }
  return { ...round, cpuUs: Number(cpuUs.toFixed(3)), latencyMs }
}

/** A round a line: readable, and small to compare. */
function jsonOf(stored: object): string {
  const text = Object.entries(stored).map(([key, value]: [string, unknown]) => {
    const lines = Array.isArray(value) ? value.map((item) => `    ${JSON.stringify(item)}`).join(',\n') : undefined
    return `  ${JSON.stringify(key)}: ${lines === undefined ? JSON.stringify(value) : `[\n${lines}\n  ]`}`
  })
  return `{\n${text.join(',\n')}\n}\n`
}
