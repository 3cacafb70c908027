/**
 * Resilience beside npm packages: nanoseconds that each policy adds to a call that succeeds, the best of 15 rounds.
 *
 *   node benchmarks/resilience/resilience.ts            installs the packages into the cache, at the first time
 *   node benchmarks/resilience/resilience.ts --json     the figures as they come
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildOnce } from '../peers/support/build-once.ts'
import { runtimes } from '../peers/support/project.ts'
import { runTool } from '../peers/support/run-tool.ts'

interface Figure {
  readonly policy: string
  readonly by: string
  readonly ns: number
}

const execute = promisify(execFile)
const here = import.meta.dirname
const peers = fileURLToPath(new URL('../.cache/resilience/peers/', import.meta.url))

await buildOnce({
  from: join(here, 'peers'),
  to: peers,
  build: (cwd) => runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd }),
})
const figures = { node: await figuresOf(runtimes.node), bun: await figuresOf(runtimes.bun) }

if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
else console.log(tableOf(figures.node, figures.bun))

async function figuresOf(command: string): Promise<Figure[]> {
  const { stdout } = await execute(command, [join(here, 'measure.ts'), peers], { maxBuffer: 1 << 20 })
  return JSON.parse(stdout)
}

function tableOf(node: readonly Figure[], bun: readonly Figure[]): string {
  const rows = node.map(({ policy, by, ns }, at) => `| ${policy} | ${by} | ${ns} ns | ${bun[at]?.ns ?? ''} ns |`)
  return ['| policy | by | Node.js | Bun |', '|---|---|---:|---:|', ...rows].join('\n')
}
