/**
 * What telemetry costs: nanoseconds of a span, a log line and an observation, and CPU time of a request on one server that is
 * watched by us, by OpenTelemetry's SDK with pino and prom-client, or by nobody.
 *
 *   node benchmarks/telemetry/telemetry.ts                  both; Linux and gcc
 *   node benchmarks/telemetry/telemetry.ts --only parts     the nanoseconds, which hold on a busy machine too
 *   node benchmarks/telemetry/telemetry.ts --out FILE       also as a page
 */
import { execFile, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs, promisify } from 'node:util'
import { runLoad } from '../harness/generator.ts'
import { coresFor, describeMachine, preferThisRun } from '../harness/machine.ts'
import { writePlan } from '../harness/plan.ts'
import { buildPrograms } from '../harness/programs.ts'
import { describeRevision } from '../harness/revision.ts'
import { pinned, type RunningServer, startServer } from '../harness/running-server.ts'
import { buildOnce } from '../peers/support/build-once.ts'
import { runtimes } from '../peers/support/project.ts'
import { runTool } from '../peers/support/run-tool.ts'
import { scenarios } from '../scenarios/scenarios.ts'

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1.5' },
  },
})
const here = import.meta.dirname
const cache = join(here, '..', '.cache')
const peers = join(cache, 'telemetry', 'peers')
const watches = ['none', 'metrics', 'log', 'genever-10', 'genever-100', 'otel-10', 'otel-100'] as const
type Watch = (typeof watches)[number]
const shapes = [
  { title: 'closed loop, 64 connections', connections: 64, rate: 0 },
  { title: '2,000 requests/s, 64 connections', connections: 64, rate: 2_000 },
] as const
const paths = ['a', 'c'] as const

await buildOnce({
  from: join(here, 'peers'),
  to: peers,
  build: (cwd) => runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd }),
})
const machine = describeMachine()
preferThisRun(-15)
const sections = [
  `# What telemetry costs\n\nRevision ${await describeRevision()}, ${machine.cores} cores, ${machine.processor}, load before the start ${machine.loadBefore.toFixed(1)}. See [the README](../telemetry/README.md).`,
]
if (flags.only !== 'server') sections.push(await parts(), await layers())
if (flags.only !== 'parts') for (const runtime of ['bun', 'node'] as const) sections.push(await server(runtime))
const page = `${sections.join('\n\n')}\n`
console.log(page)
if (flags.out !== undefined) await writeFile(flags.out, page)

interface Figure {
  readonly what: string
  readonly by: string
  readonly ns: number
}

async function parts(): Promise<string> {
  const [node, bun] = await Promise.all([figuresOf(runtimes.node, 0), figuresOf(runtimes.bun, 1)])
  const rows = node.map(
    ({ what, by, ns }, at) => `| ${what} | ${by} | ${number(ns)} ns | ${number(bun[at]?.ns ?? 0)} ns |`,
  )
  return ['## Parts\n\n| what | by | Node.js | Bun |\n|---|---|---:|---:|', ...rows].join('\n')
}

/** What the layers add to a request, without the kernel. */
async function layers(): Promise<string> {
  const [node = [], bun = []] = await Promise.all([runtimes.node, runtimes.bun].map(layerFigures))
  const cell = (figures: readonly Layer[], at: number): string => {
    const ns = figures[at]?.ns ?? Number.NaN
    return at === 0 ? `${number(ns)} ns` : `${number(ns)} ns (+${number(ns - (figures[0]?.ns ?? 0))})`
  }
  const rows = node.map(({ name }, at) => `| ${name} | ${cell(node, at)} | ${cell(bun, at)} |`)
  return ['## A request without the kernel\n\n| watched by | Node.js | Bun |\n|---|---:|---:|', ...rows].join('\n')
}

interface Layer {
  readonly name: string
  readonly ns: number
}

async function layerFigures(command: string, core: number): Promise<Layer[]> {
  const names = await measured<string[]>('layers.ts', { command, core })
  const figures: Layer[] = []
  for (const [at, name] of names.entries()) {
    figures.push({ name, ns: await measured<number>('layers.ts', { command, core, more: [String(at)] }) })
  }
  return figures
}

function figuresOf(command: string, core: number): Promise<Figure[]> {
  return measured('measure.ts', { command, core })
}

interface Measured {
  readonly command: string
  readonly core: number
  readonly more?: readonly string[]
}

async function measured<T>(file: string, { command, core, more = [] }: Measured): Promise<T> {
  const words = [command, join(here, file), peers, ...more]
  const [program = '', ...args] = pinned(words, machine.cores > 1 ? core : undefined)
  return JSON.parse((await promisify(execFile)(program, args, { maxBuffer: 1 << 20 })).stdout)
}

/** The median CPU time of a request, in microseconds, by way of watching, path and shape. */
async function server(runtime: 'bun' | 'node'): Promise<string> {
  const cores = coresFor(machine.cores)
  const { load } = await buildPrograms(cache)
  const receiver = await startReceiver(cores.generator)
  const fleet: { watch: Watch; running: RunningServer; plans: Map<string, string> }[] = []
  const seen = new Map<string, number[]>()
  try {
    for (const watch of watches) {
      const env = {
        WATCH: watch,
        RECEIVER: receiver.url,
        PEERS: peers,
        HOST: '127.0.0.1',
        ADMIN_HOST: '127.0.0.1',
        ADMIN_PORT: '0',
      }
      const command = (): string[] => [runtimes[runtime], join(here, 'server.ts')]
      const target = { name: `${runtime}-${watch}`, title: watch, prepare: async () => {}, command, env }
      const running = await startServer(target, { cache, core: cores.server })
      const plans = new Map<string, string>()
      fleet.push({ watch, running, plans })
      for (const path of paths) plans.set(path, await planOf(running, path))
    }
    for (let round = 0; round <= Number(flags.rounds); round++) {
      for (const path of paths) {
        for (const { title, connections, rate } of shapes) {
          for (const { watch, running, plans } of fleet) {
            const plan = plans.get(path) ?? ''
            const us = await cpuOf(running, { load, core: cores.generator, plan, connections, rate })
            // The first round warms up.
            if (round > 0) seen.set(keyOf(watch, path, title), [...(seen.get(keyOf(watch, path, title)) ?? []), us])
          }
        }
      }
      console.error(`${runtime}: round ${round} of ${flags.rounds}`)
    }
  } finally {
    await Promise.all(fleet.map(({ running }) => running.stop()))
    receiver.stop()
  }
  return tableOf(runtime, seen)
}

interface CpuRun {
  readonly load: string
  readonly core: number | undefined
  /** The file. */
  readonly plan: string
  readonly connections: number
  readonly rate: number
}

async function cpuOf(running: RunningServer, { load, core, plan, connections, rate }: CpuRun): Promise<number> {
  const { port } = running
  const beforeMs = running.cpuMs()
  const seconds = Number(flags.seconds)
  const { answered } = await runLoad({ program: load, core, port, connections, seconds, rate, plan })
  // What is exported behind the last answer belongs to it.
  await running.untilQuiet()
  return ((running.cpuMs() - beforeMs) * 1_000) / answered
}

/** The requests of a path with the answers that they must get. */
async function planOf({ port, target }: RunningServer, path: (typeof paths)[number]): Promise<string> {
  const scenario = scenarios.find(({ name }) => name === path)
  if (scenario === undefined) throw new Error(`there is no scenario ${path}`)
  return (await writePlan(scenario, { port, folder: cache, target: target.name, isChecked: true })).file
}

function tableOf(runtime: string, seen: ReadonlyMap<string, readonly number[]>): string {
  const rows = paths.flatMap((path) =>
    shapes.map(({ title }) => {
      const medians = watches.map((watch) => median(seen.get(keyOf(watch, path, title)) ?? []))
      const [none = 0] = medians
      const cells = medians.map(
        (us, at) => `${us.toFixed(1)} µs${at === 0 ? '' : ` (+${Math.round((us / none - 1) * 100)} %)`}`,
      )
      return `| ${path === 'a' ? 'GET /ping' : 'POST /orders, validated'}, ${title} | ${cells.join(' | ')} |`
    }),
  )
  return [
    `## CPU time of a request on ${runtime === 'bun' ? 'Bun' : 'Node.js'}\n`,
    '| | not watched | Genever: metrics | and access log | and 10 % traced | 100 % traced | OpenTelemetry, pino, prom-client: 10 % traced | 100 % |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n')
}

function keyOf(watch: Watch, path: string, title: string): string {
  return `${watch} ${path} ${title}`
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function number(value: number): string {
  return value.toLocaleString('en')
}

async function startReceiver(core: number | undefined): Promise<{ url: string; stop(): void }> {
  const [program = '', ...args] = pinned([runtimes.node, join(here, 'receiver.mjs')], core)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill('SIGKILL'))
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  return { url: `http://127.0.0.1:${value}`, stop: () => child.kill('SIGTERM') }
}
