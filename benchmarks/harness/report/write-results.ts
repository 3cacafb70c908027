/** One run, three files: results.json (every round), results.md (tables), cpu.svg (the plot). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Results } from '../results.ts'
import { markdown } from './markdown.ts'
import { svg } from './svg.ts'

/** Resolves with the page. */
export async function writeResults(results: Results, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const page = markdown(results)
  const plot = svg(results)
  const link = plot === '' ? '' : '\n![CPU time per request](cpu.svg)\n'
  await writeFile(join(folder, 'results.json'), jsonOf(results))
  await writeFile(join(folder, 'results.md'), page + link)
  if (plot !== '') await writeFile(join(folder, 'cpu.svg'), plot)
  return page
}

/** A round a line: readable, and small to compare. */
function jsonOf(results: Results): string {
  const text = Object.entries(results).map(([key, value]: [string, unknown]) => {
    const lines = Array.isArray(value) ? value.map((item) => `    ${JSON.stringify(item)}`).join(',\n') : undefined
    return `  ${JSON.stringify(key)}: ${lines === undefined ? JSON.stringify(value) : `[\n${lines}\n  ]`}`
  })
  return `{\n${text.join(',\n')}\n}\n`
}
