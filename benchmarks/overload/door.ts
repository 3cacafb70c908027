/**
 * What the door costs where nobody has to wait: CPU time of the smallest request, with the door and without it.
 *
 *   node benchmarks/overload/door.ts [ROUNDS]        as root with real-time priority
 *
 *   server with │ server without ─▶ a closed loop of 100 connections on the one, then on the other … ─▶ differences of neighbours
 *
 * A machine has better and worse seconds: so it is the difference between two rounds next to each other that counts, each pair the other
 * way round than the one before. The interval holds the median of all differences with 95 % (by the ranks of a sign test).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runLoad } from '../harness/generator.ts'
import { runtimeBinary } from '../harness/genever-targets.ts'
import { coresFor, describeMachine, preferThisRun } from '../harness/machine.ts'
import { writePlan } from '../harness/plan.ts'
import { buildProgram } from '../harness/programs.ts'
import { takeRealTime } from '../harness/real-time.ts'
import { type RunningServer, startServer } from '../harness/running-server.ts'
import { scenarios } from '../scenarios/scenarios.ts'

const rounds = Number(process.argv[2] ?? 40)
const roundSeconds = 0.5
const warmSeconds = 4
const connections = 100
const cache = join(import.meta.dirname, '..', '.cache')
const cores = coresFor(describeMachine().cores)
const [smallest] = scenarios
if (smallest === undefined) throw new Error('there is no scenario')

preferThisRun(-20)
await takeRealTime(cache)
const program = await buildProgram('generator/load', cache)
await mkdir(join(cache, 'plans'), { recursive: true })
console.log('| runtime | without the door | with it | median difference, 95 % interval |\n|---|---:|---:|---:|')
for (const runtime of ['bun', 'node'] as const) console.log(await rowOf(runtime))
process.exit(0)

type Round = (seconds: number) => Promise<number>

async function rowOf(runtime: 'bun' | 'node'): Promise<string> {
  const servers = [await start(runtime, 'on'), await start(runtime, 'off')] as const
  try {
    const [shut, open] = await Promise.all([roundsOn(servers[0]), roundsOn(servers[1])])
    for (const round of [shut, open, shut, open]) await round(warmSeconds / 2)
    const pairs: (readonly [withDoor: number, without: number])[] = []
    for (let at = 0; at < rounds; at++) {
      if (at % 2 === 0) pairs.push([await shut(roundSeconds), await open(roundSeconds)])
      else pairs.push(swapped(await open(roundSeconds), await shut(roundSeconds)))
    }
    return describe(runtime, pairs)
  } finally {
    for (const server of servers) await server.stop()
  }
}

function swapped(without: number, withDoor: number): readonly [number, number] {
  return [withDoor, without]
}

function start(runtime: 'bun' | 'node', shedding: 'on' | 'off'): Promise<RunningServer> {
  const target = {
    name: `door-${runtime}-${shedding}`,
    title: '',
    prepare: async () => {},
    command: () => [runtimeBinary(runtime), join(import.meta.dirname, '..', 'servers', 'genever.ts')],
    env: { HOST: '127.0.0.1', ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', SHEDDING: shedding },
  }
  return startServer(target, { cache, core: cores.server })
}

/** Microseconds of CPU for one request. */
async function roundsOn(server: RunningServer): Promise<Round> {
  const scenario = smallest as NonNullable<typeof smallest>
  const { port, target } = server
  const plan = await writePlan(scenario, { port, folder: join(cache, 'plans'), target: target.name, isChecked: false })
  return async (seconds) => {
    const beforeUs = cpuUsOf(server.pid)
    const load = { program, core: cores.generator, port, connections, seconds, rate: 0, plan: plan.file }
    const { answered } = await runLoad(load)
    return (cpuUsOf(server.pid) - beforeUs) / answered
  }
}

/** Of all its threads, by the scheduler's own clock: that of /proc/PID/stat ticks every 10 ms. */
function cpuUsOf(pid: number): number {
  const folder = `/proc/${pid}/task`
  const spentNs = (thread: string) => Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0])
  return readdirSync(folder).reduce((sum, thread) => sum + spentNs(thread), 0) / 1_000
}

function describe(runtime: string, pairs: readonly (readonly [number, number])[]): string {
  const differences = pairs.map(([shut, open]) => shut - open).toSorted((a, b) => a - b)
  // Ranks between which the median lies with 95 %: n/2 ± 0.98 √n.
  const spread = 0.98 * Math.sqrt(pairs.length)
  const at = (rank: number) => differences[Math.min(pairs.length - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN
  const middle = (pairs.length - 1) / 2
  const interval = `${signed(at(middle - spread))} to ${signed(at(middle + spread))}`
  const [shut, open] = [0, 1].map((side) => median(pairs.map((pair) => pair[side as 0 | 1])).toFixed(2))
  return `| ${runtime === 'bun' ? 'Bun' : 'Node.js'} | ${open} µs | ${shut} µs | ${signed(at(middle))} µs (${interval}) |`
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function signed(us: number): string {
  return `${us < 0 ? '−' : '+'}${Math.abs(us).toFixed(3)}`
}
