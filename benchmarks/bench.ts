/**
 * `npm run bench`: ours, our peers and the limit, side by side on this machine. Linux, gcc; what a peer needs besides, its
 * folder in peers/ says. See README.md for the method.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { runBench } from './harness/bench-run.ts'
import { type Ratios, ratiosOf } from './harness/gate.ts'
import { confirmRegressions, describeRegression } from './harness/gated-run.ts'
import { runtimeBinary, type Tree } from './harness/genever-targets.ts'
import { coresFor, describeMachine, describeVersions, preferThisRun } from './harness/machine.ts'
import { prepareTargets } from './harness/prepare.ts'
import { buildPrograms } from './harness/programs.ts'
import { writeResults } from './harness/report/write-results.ts'
import type { Results } from './harness/results.ts'
import { checkOutRevision, describeRevision } from './harness/revision.ts'
import type { Run } from './harness/run.ts'
import { full, type Measure, measures, quick, type Settings } from './harness/settings.ts'
import { allTargets, chooseTargets, limitTarget } from './harness/targets.ts'
import { scenarios } from './scenarios/scenarios.ts'

const project = join(import.meta.dirname, '..')
const cache = join(import.meta.dirname, '.cache')
const baselineFile = join(import.meta.dirname, 'baseline.json')

interface Flags {
  readonly targets?: string[]
  readonly scenarios?: string[]
  readonly measure?: string[]
  readonly quick?: true
  readonly rounds?: number
  readonly seconds?: number
  readonly connections?: number
  readonly rate?: number
  readonly idle?: string[]
  readonly base?: string
  readonly workMs?: string[]
  readonly waitMs?: string[]
  readonly loads?: string[]
  readonly seeds?: string[]
  readonly fresh?: true
  readonly realTime?: true
  readonly out: string
  readonly gate?: true
  readonly writeBaseline?: true
  readonly list?: true
}

const program = new Command('npm run bench --')
  .description('Measures Genever beside its peers and a C responder (the limit), and prints and stores what came out.')
  .option('--targets <names>', 'targets, by name or pattern: gin,genever-*; default: all that can be prepared', list)
  .option('--scenarios <names>', 'scenarios of a to g; default: all', list)
  .option(
    '--measure <names>',
    `what to measure, of ${measures.join(', ')} (default: all these), or overload by itself`,
    list,
  )
  .option('--quick', 'ours, Gin and the limit, shorter: about four minutes')
  .option('--rounds <n>', 'interleaved rounds', positive)
  .option('--seconds <n>', 'of one round of one target', positive)
  .option('--connections <n>', 'that are loaded', positive)
  .option('--rate <n>', 'requests per second of the open loop', positive)
  .option('--idle <numbers>', 'idle connections: 10000,100000', list)
  .option('--base <revision>', 'measure this revision of Genever beside the files at hand; names end in @base')
  .option('--work-ms <numbers>', 'overload: CPU time of a request, such as 1,5,50; default: 5', list)
  .option('--wait-ms <numbers>', 'overload: time of a request without CPU, such as 200', list)
  .option('--loads <numbers>', 'overload: multiples of the capacity; default: 0.8,1,2,5,10', list)
  .option('--seeds <numbers>', 'overload: of the gaps between requests, a whole run for each; default: 1', list)
  .option('--fresh', 'overload: a connection for each request, instead of connections that are kept')
  .option('--real-time', 'overload: as root, with real-time priority, on a machine that others use as well')
  .option('--out <folder>', 'where results.json, results.md and cpu.svg go', join(cache, 'results'))
  .option('--gate', 'fail when a request is grossly dearer, in requests of the limit, than baseline.json says')
  .option('--write-baseline', 'write what was measured to baseline.json')
  .option('--list', 'print the targets, and end')
  .addHelpText(
    'after',
    `
Examples:
  npm run bench                                             everything, half an hour
  npm run bench -- --quick
  npm run bench -- --targets gin,genever-bun* --scenarios a,c --measure closed
  npm run bench -- --targets limit,genever-bun,genever-node --base HEAD~10 --measure closed
  npm run bench -- --out benchmarks/results                 what is committed
  npm run bench -- --quick --measure closed --write-baseline
  npm run bench -- --measure overload --work-ms 1,5,50 --seeds 1,2,3`,
  )

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

await main(program.parse().opts<Flags>()).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

async function main(flags: Flags): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error(`the benchmark reads /proc and binds cores: it needs Linux, not ${process.platform}`)
  if (flags.measure?.includes('overload')) return overload(flags)
  const startedMs = performance.now()
  const trees: Tree[] = [{ root: project }]
  if (flags.base !== undefined) trees.push({ root: await checkOutRevision(flags.base, cache), mark: '@base' })
  const all = allTargets(trees)
  if (flags.list) return console.log(all.map(({ name, title }) => `${name.padEnd(28)} ${title}`).join('\n'))

  const settings = settingsFrom(flags)
  const chosen = chooseTargets(
    all,
    namesFrom(
      flags,
      settings,
      all.map(({ name }) => name),
    ),
  )
  const run = await createRun(flags, settings)
  const targets = await prepareTargets(run, chosen, ({ name }) => isNeeded(name, flags))
  const named = targets.map(({ name, title }) => ({ name, title }))
  const complete: Run = { ...run, results: { ...run.results, targets: named } }
  await runBench(complete, targets, settings)

  console.log(`\n${await writeResults(complete.results, flags.out)}`)
  console.log(`stored in ${flags.out}; took ${Math.round((performance.now() - startedMs) / 1_000)} s`)
  if (flags.writeBaseline) await writeBaseline(ratiosOf(complete.results, settings.connections))
  if (flags.gate) await gate(complete, { targets, settings })
}

/** Its servers are others, and it takes both cores whole: nothing else is measured with it. */
async function overload(flags: Flags): Promise<void> {
  if (flags.measure?.length !== 1) throw new Error('--measure overload stands alone: it has servers of its own')
  const { runCampaign, usualKinds, usualLoads } = await import('./overload/overload-campaign.ts')
  const machine = describeMachine()
  // What is measured here is time, not CPU time: a neighbour's turn would count as ours.
  preferThisRun(-20)
  if (flags.realTime) await (await import('./harness/real-time.ts')).takeRealTime(cache)
  const kinds = [
    ...(flags.workMs?.map((text) => ({ workMs: positive(text), waitMs: 0 })) ?? []),
    ...(flags.waitMs?.map((text) => ({ workMs: 0, waitMs: positive(text) })) ?? []),
  ]
  const page = await runCampaign({
    cache,
    out: flags.out,
    cores: coresFor(machine.cores),
    machine,
    revision: await describeRevision(),
    versions: versionsUsed(),
    targets: flags.targets,
    kinds: kinds.length === 0 ? usualKinds : kinds,
    loads: flags.loads?.map(positive) ?? usualLoads,
    seeds: flags.seeds?.map(positive) ?? [1],
    seconds: flags.seconds ?? 8,
    keepAlive: flags.fresh !== true,
    isRealTime: flags.realTime === true,
    say: (line) => console.error(line),
  })
  console.log(`\n${page}stored in ${flags.out}`)
}

function versionsUsed(): Record<string, string> {
  return describeVersions({
    Bun: [runtimeBinary('bun'), '--version'],
    'Node.js': [process.execPath, '--version'],
    Go: ['go', 'version'],
  })
}

/** A revision stands beside its own successor: whoever names a target means both. */
function namesFrom({ targets, base }: Flags, settings: Settings, all: readonly string[]): readonly string[] {
  const names = targets ?? settings.targets?.filter((name) => all.includes(name)) ?? ['*']
  return names.flatMap((name) => (base !== undefined && all.includes(`${name}@base`) ? [name, `${name}@base`] : [name]))
}

/** Without the limit there is no ratio to it, and a gate that cannot fail. */
function isNeeded(name: string, { targets, gate, writeBaseline }: Flags): boolean {
  const isMeasure = gate === true || writeBaseline === true
  return targets?.includes(name) === true || (isMeasure && name === limitTarget.name)
}

async function createRun(flags: Flags, settings: Settings): Promise<Run> {
  const machine = describeMachine()
  preferThisRun()
  const say = (line: string) => console.error(line)
  const results: Results = {
    title: flags.quick ? 'Benchmark, the quick part' : 'Benchmark',
    date: new Date().toISOString(),
    revision: await describeRevision(),
    ...(flags.base !== undefined && { base: flags.base }),
    machine,
    versions: versionsUsed(),
    settings: { ...settings },
    targets: [],
    scenarios: scenarios.map(({ name, title }) => ({ name, title })),
    load: [],
    memory: [],
    start: [],
    idle: [],
    workers: [],
    failures: [],
  }
  return { cache, programs: await buildPrograms(cache), cores: coresFor(machine.cores), results, say }
}

function settingsFrom(flags: Flags): Settings {
  const usual = flags.quick ? quick : full
  return {
    ...usual,
    ...(flags.targets && { targets: flags.targets }),
    scenarios: known(
      'scenario',
      flags.scenarios ?? usual.scenarios,
      scenarios.map(({ name }) => name),
    ),
    measures: known('measure', flags.measure ?? usual.measures, measures) as Measure[],
    rounds: flags.rounds ?? usual.rounds,
    seconds: flags.seconds ?? usual.seconds,
    connections: flags.connections ?? usual.connections,
    requestsPerSecond: flags.rate ?? usual.requestsPerSecond,
    idleConnections: flags.idle?.map(positive) ?? usual.idleConnections,
  }
}

async function gate(
  run: Run,
  { targets, settings }: { targets: Awaited<ReturnType<typeof prepareTargets>>; settings: Settings },
): Promise<void> {
  const baseline = JSON.parse(await readFile(baselineFile, 'utf8')) as Ratios
  const regressions = await confirmRegressions(run, { targets, settings, baseline })
  for (const regression of regressions) console.log(`dearer in every try: ${describeRegression(regression)}`)
  console.log(regressions.length === 0 ? 'gate: nothing is grossly dearer than the baseline' : 'gate: failed')
  process.exitCode = regressions.length === 0 ? 0 : 1
}

/** Puts what was measured in; what was not keeps its line. */
async function writeBaseline(measured: Ratios): Promise<void> {
  const before = await readFile(baselineFile, 'utf8').then(
    (text) => JSON.parse(text) as Ratios,
    () => ({}),
  )
  const ours = Object.entries(measured).filter(([name]) => name.startsWith('genever-') && !name.includes('@'))
  await writeFile(baselineFile, `${JSON.stringify({ ...before, ...Object.fromEntries(ours) }, undefined, 2)}\n`)
}

function list(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0 is expected')
  return value
}

function known(kind: string, wanted: readonly string[], all: readonly string[]): readonly string[] {
  const unknown = wanted.find((name) => !all.includes(name))
  if (unknown !== undefined) throw new Error(`no ${kind} is called ${unknown}; there are ${all.join(', ')}`)
  return wanted
}
