/**
 * The client beside undici and the runtimes' own fetch: what one call costs its caller in CPU time.
 *
 *   node benchmarks/client/client.ts            installs undici into the cache, at the first time
 *   node benchmarks/client/client.ts --json     the figures as they come
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildOnce } from '../peers/support/build-once.ts'
import { runtimes } from '../peers/support/project.ts'
import { runTool } from '../peers/support/run-tool.ts'

interface Figure {
  readonly name: string
  /** One after the other, then 64 at once. */
  readonly loads: readonly { readonly cpuUs: number; readonly perSecond: number }[]
}

const execute = promisify(execFile)
const here = import.meta.dirname
const peers = fileURLToPath(new URL('../.cache/client/peers/', import.meta.url))

await buildOnce({
  from: join(here, 'peers'),
  to: peers,
  build: (cwd) => runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd }),
})
// The same server for both: its cost is not measured, but it must keep up.
const server = spawn(runtimes.bun, [join(here, 'answers.ts')], { stdio: ['pipe', 'pipe', 'inherit'] })
try {
  const [url] = (await once(createInterface(server.stdout), 'line')) as [string]
  const figures = { node: await figuresOf(runtimes.node, url), bun: await figuresOf(runtimes.bun, url) }
  if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
  else console.log(tableOf(figures.node, figures.bun))
} finally {
  server.kill()
}

async function figuresOf(command: string, url: string): Promise<Figure[]> {
  const { stdout } = await execute(command, [join(here, 'measure.ts'), peers, url], { maxBuffer: 1 << 20 })
  return JSON.parse(stdout)
}

function tableOf(node: readonly Figure[], bun: readonly Figure[]): string {
  const cells = (figure: Figure | undefined): string =>
    (figure?.loads ?? [])
      .map(({ cpuUs, perSecond }) => `${cpuUs.toFixed(1)} µs (${Math.round(perSecond)}/s)`)
      .join(' | ')
  const rows = node.map((figure, at) => `| ${figure.name} | ${cells(figure)} | ${cells(bun[at])} |`)
  return [
    '| client | Node.js, one by one | Node.js, 64 at once | Bun, one by one | Bun, 64 at once |',
    '|---|---:|---:|---:|---:|',
    ...rows,
  ].join('\n')
}
