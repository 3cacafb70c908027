/**
 * Regenerates the tables of docs/reference/engines.md: what each engine does on the wire, on either runtime.
 *
 *   node scripts/wire-matrix.ts             observes on Node.js and on Bun, and writes the tables between their markers
 *   node scripts/wire-matrix.ts --observe   prints what is observed on this runtime, as JSON
 *
 * `tests/conformance/engines.test.ts` compares the page with what it observes itself.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { hasLlhttpCases, type Observed, observeEngines } from '../tests/conformance/engines/observe.ts'
import { type Columns, llhttpTable, situationsTable } from '../tests/conformance/engines/table.ts'

const page = new URL('../docs/reference/engines.md', import.meta.url)

if (process.argv.includes('--observe')) {
  process.stdout.write(JSON.stringify(await observeEngines()), () => process.exit(0))
} else {
  if (!hasLlhttpCases) throw new Error('The third-party cases are needed: ../shared/conformance/http1/llhttp.jsonl')
  const [node, bun] = [observeOn('node'), observeOn('bun')]
  const split = Object.keys(node.sockets).filter((key) => node.sockets[key] !== bun.sockets[key])
  for (const key of split)
    console.error(`sockets differ on ${key}: ${node.sockets[key]} on Node.js, ${bun.sockets[key]} on Bun`)
  const columns: Columns = { sockets: node.sockets, node: node.native, bun: bun.native }
  let text = readFileSync(page, 'utf8')
  text = between(text, 'situations', situationsTable(columns))
  text = between(text, 'llhttp', llhttpTable(columns))
  writeFileSync(page, text)
  console.log(`${Object.keys(node.sockets).length} rows observed, docs/reference/engines.md written`)
  process.exitCode = split.length === 0 ? 0 : 1
}

function observeOn(runtime: 'node' | 'bun'): Observed {
  const output = execFileSync(runtime, ['scripts/wire-matrix.ts', '--observe'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output) as Observed
}

function between(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to === -1) throw new Error(`${page.pathname} lacks the markers of '${name}'.`)
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}
