/**
 * The overload campaign: every server alone on its core, for each kind of request.
 *
 *   `npm run bench -- --measure overload`
 *
 *   kind of request ─▶ target ─▶ overload-run ─▶ a table      all of it ─▶ overload.md, overload.json
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from '../harness/machine.ts'
import { buildProgram } from '../harness/programs.ts'
import { startServer } from '../harness/running-server.ts'
import type { Target } from '../harness/target.ts'
import { chooseTargets } from '../harness/targets.ts'
import { type OverloadResult, type OverloadRow, runOverload } from './overload-run.ts'
import { overloadTargets, usualOverloadTargets } from './overload-targets.ts'

/** What a request costs: CPU time, or time without it. */
export interface WorkKind {
  readonly workMs: number
  readonly waitMs: number
}

export interface CampaignOptions {
  readonly cache: string
  readonly out: string
  readonly cores: { readonly server: number | undefined; readonly generator: number | undefined }
  readonly machine: Machine
  readonly revision: string
  readonly versions: Readonly<Record<string, string>>
  readonly targets: readonly string[] | undefined
  readonly kinds: readonly WorkKind[]
  readonly loads: readonly number[]
  readonly seeds: readonly number[]
  readonly seconds: number
  readonly keepAlive: boolean
  /** Whether servers and generator had real-time priority. */
  readonly isRealTime: boolean
  say(line: string): void
}

interface Measured {
  readonly kind: WorkKind
  readonly seed: number
  readonly target: string
  readonly title: string
  readonly result: OverloadResult
}

export const usualKinds: readonly WorkKind[] = [{ workMs: 5, waitMs: 0 }]
export const usualLoads: readonly number[] = [0.8, 1, 2, 5, 10]

const calmSeconds = 3
const highShare = 0.1
/** So many clients keep a server with one thread busy without anybody having to wait long. */
const cpuClients = 2
/** Nobody is busy while all wait; then so many are what is called full. */
const waitClients = 200

/** Prints and stores what came out; resolves with the page. */
export async function runCampaign(options: CampaignOptions): Promise<string> {
  const targets = chooseTargets(overloadTargets, options.targets ?? usualOverloadTargets)
  const [load, overload] = await Promise.all([
    buildProgram('generator/load', options.cache),
    buildProgram('generator/overload', options.cache),
  ])
  for (const target of targets) {
    options.say(`prepare ${target.name}`)
    await target.prepare(options.cache)
  }
  const measured: Measured[] = []
  for (const seed of options.seeds) {
    for (const kind of options.kinds) {
      for (const target of targets) {
        options.say(`${target.name}, ${kindName(kind)}, seed ${seed}`)
        const result = await measure(target, { ...options, programs: { load, overload }, kind, seed })
        measured.push({ kind, seed, target: target.name, title: target.title, result })
        options.say(rowsOf(target.title, result).join('\n'))
      }
    }
  }
  const page = pageOf(options, measured)
  await mkdir(options.out, { recursive: true })
  await writeFile(join(options.out, 'overload.md'), page)
  const stored = { machine: options.machine, revision: options.revision, versions: options.versions, measured }
  await writeFile(join(options.out, 'overload.json'), `${JSON.stringify(stored)}\n`)
  return page
}

interface MeasureOptions extends CampaignOptions {
  readonly programs: { readonly load: string; readonly overload: string }
  readonly kind: WorkKind
  readonly seed: number
}

async function measure(target: Target, options: MeasureOptions): Promise<OverloadResult> {
  const { cache, cores, kind, loads, programs, seconds, seed, keepAlive } = options
  const env = { ...target.env, WORK_MS: String(kind.workMs), WAIT_MS: String(kind.waitMs) }
  const server = await startServer({ ...target, env }, { cache, core: cores.server })
  try {
    return await runOverload(server, {
      programs,
      folder: join(cache, 'plans'),
      core: cores.generator,
      seed,
      loads,
      overloadSeconds: seconds,
      calmSeconds,
      highShare,
      clients: kind.waitMs > 0 ? waitClients : cpuClients,
      keepAlive,
    })
  } finally {
    await server.stop()
  }
}

function kindName({ workMs, waitMs }: WorkKind): string {
  return waitMs > 0 ? `${waitMs} ms without CPU` : `${workMs} ms of CPU`
}

function pageOf(options: CampaignOptions, measured: readonly Measured[]): string {
  const { machine, revision, versions, seconds } = options
  const sections = options.kinds.flatMap((kind) =>
    options.seeds.map((seed) => {
      const rows = measured.filter((one) => one.kind === kind && one.seed === seed)
      return [
        `## ${kindName(kind)}, seed ${seed}`,
        [...header, ...rows.flatMap(({ title, result }) => rowsOf(title, result))].join('\n'),
      ].join('\n\n')
    }),
  )
  return `${[
    '# Overload',
    `Measured at ${revision} on ${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}; load average before the start ${machine.loadBefore.toFixed(1)}. ${Object.entries(
      versions,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(' · ')}.`,
    ...(options.isRealTime
      ? ['Servers and generator had real-time priority: what else ran on the machine hardly disturbed them.']
      : []),
    `Open loop with exponential gaps, a tenth of it at high priority, ${seconds} s of overload and then ${calmSeconds} s at half of the capacity. Clients give up after 1 s, counted from when the request was due. Goodput: answers with 200 within that second, as a share of what the same server can do (of what was offered, below it). [How to read it](../../README.md#overload).`,
    ...sections,
  ].join('\n\n')}\n`
}

const header: readonly string[] = [
  '| server | capacity | unloaded p99 | load | goodput | accepted p50 | accepted p99 | of normal priority | shed | shed p99 | gave up | failed | high priority | recovery |',
  '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
]

function rowsOf(title: string, { capacityPerSecond, unloadedP99Ms, rows }: OverloadResult): string[] {
  return rows.map((row) => {
    const cells = [title, `${capacityPerSecond.toFixed(0)}/s`, ms(unloadedP99Ms), `${row.load}x`, ...cellsOf(row)]
    return `| ${cells.join(' | ')} |`
  })
}

function cellsOf(row: OverloadRow): string[] {
  return [
    percent(row.goodput),
    ms(row.goodP50Ms),
    ms(row.goodP99Ms),
    ms(row.normalP99Ms),
    percent(row.shed),
    ms(row.shedP99Ms),
    percent(row.late),
    percent(row.failed),
    percent(row.highGood),
    ms(row.recoveryMs),
  ]
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function ms(value: number): string {
  if (Number.isNaN(value)) return '–'
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
