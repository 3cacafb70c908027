/**
 * Concurrency beside npm packages and Go: one table, nanoseconds for each operation, the best of nine rounds.
 *
 *   node benchmarks/concurrency/concurrency.ts            installs the packages into the cache, at the first time
 *   node benchmarks/concurrency/concurrency.ts --json     the figures as they come
 *
 * Go runs on one core, as a thread of JavaScript does; it is left out where it is not installed.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildOnce } from '../peers/support/build-once.ts'
import { runtimes } from '../peers/support/project.ts'
import { runTool } from '../peers/support/run-tool.ts'

interface Figure {
  readonly operation: string
  readonly name: string
  readonly ns?: number
  readonly bytes?: number
}

const execute = promisify(execFile)
const here = import.meta.dirname
const cache = fileURLToPath(new URL('../.cache/concurrency/', import.meta.url))

const peers = join(cache, 'peers')
await buildOnce({
  from: join(here, 'peers'),
  to: peers,
  build: (cwd) => runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd }),
})
const node = await figuresOf(runtimes.node, ['--expose-gc', join(here, 'measure.ts'), peers])
const bun = await figuresOf(runtimes.bun, ['--expose-gc', join(here, 'measure.ts'), peers])
const go = await goFigures()

if (process.argv.includes('--json')) console.log(JSON.stringify({ node, bun, go }))
else console.log(tableOf([...new Set([...node, ...bun].map(({ operation }) => operation))]))

async function goFigures(): Promise<Figure[]> {
  const folder = join(cache, 'go')
  try {
    await buildOnce({
      from: join(here, 'go'),
      to: folder,
      build: (cwd) => runTool('go', ['build', '-trimpath', '-o', 'measure', '.'], { cwd }),
    })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return []
  }
  return figuresOf(join(folder, 'measure'), [])
}

async function figuresOf(command: string, args: readonly string[]): Promise<Figure[]> {
  const { stdout } = await execute(command, args, { maxBuffer: 1 << 20 })
  return stdout
    .trim()
    .split('\n')
    .map((line): Figure => JSON.parse(line))
}

function tableOf(operations: readonly string[]): string {
  const rows = operations.flatMap((operation) => {
    const names = [...new Set([...node, ...bun].filter(of(operation)).map(({ name }) => name))]
    return [...names, 'Go'].map((name) => rowOf(operation, name)).filter((row) => row !== undefined)
  })
  return ['| operation | by | Node.js | Bun | Go |', '|---|---|---:|---:|---:|', ...rows].join('\n')
}

function rowOf(operation: string, name: string): string | undefined {
  const found = [node, bun, go].map((figures) =>
    figures.find((figure) => of(operation)(figure) && figure.name === name),
  )
  if (found.every((figure) => figure === undefined)) return undefined
  return `| ${[operation, name, ...found.map(textOf)].join(' | ')} |`
}

function of(operation: string): (figure: Figure) => boolean {
  return (figure) => figure.operation === operation
}

function textOf(figure: Figure | undefined): string {
  if (figure === undefined) return ''
  return figure.bytes === undefined ? `${Math.round(figure.ns ?? 0)} ns` : `${Math.round(figure.bytes)} B`
}
