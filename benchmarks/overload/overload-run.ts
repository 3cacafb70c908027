/**
 * One server under overload.
 *
 *   one client ─▶ unloaded latency     two clients, one after the other's answer ─▶ capacity
 *   for each load: that many times the capacity ─▶ half of it: how soon is everything good again?
 *
 * The capacity is what this server does on this machine in this run, so that a slow machine or a busy neighbour moves all
 * figures together.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ask } from '../harness/ask.ts'
import { runLoad, runProgram } from '../harness/generator.ts'
import { histogramFrom, mergeHistograms, percentileNs } from '../harness/histogram.ts'
import { planEntry, requestBytes } from '../harness/plan.ts'
import { pinned, type RunningServer } from '../harness/running-server.ts'

export interface OverloadPrograms {
  readonly load: string
  readonly overload: string
}

export interface OverloadSettings {
  readonly programs: OverloadPrograms
  /** A folder for the generator's plans. */
  readonly folder: string
  readonly core: number | undefined
  readonly seed: number
  /** Multiples of the capacity. */
  readonly loads: readonly number[]
  readonly overloadSeconds: number
  readonly calmSeconds: number
  /** Share of requests of high priority. */
  readonly highShare: number
  /** Clients that the capacity is measured with. */
  readonly clients: number
  /** Whether clients keep their connections. */
  readonly keepAlive: boolean
}

export interface OverloadRow {
  readonly load: number
  readonly offeredPerSecond: number
  /** Good answers as a share of what the server can do, or of what was offered if that is less. */
  readonly goodput: number
  readonly goodP50Ms: number
  readonly goodP99Ms: number
  /** Of those of normal priority alone: high priority waits in order, for others of its kind. */
  readonly normalP99Ms: number
  readonly shedP99Ms: number
  /** Share of all that was due. */
  readonly shed: number
  readonly late: number
  readonly failed: number
  /** Share of requests of high priority that were good. */
  readonly highGood: number
  /** From the end of the overload to the last request that was not good. */
  readonly recoveryMs: number
}

export interface OverloadResult {
  readonly capacityPerSecond: number
  readonly unloadedP99Ms: number
  readonly rows: readonly OverloadRow[]
}

const patienceMs = 1_000
const capacitySeconds = 2
const calmLoad = 0.5

export async function runOverload(server: RunningServer, settings: OverloadSettings): Promise<OverloadResult> {
  const plan = await writeWorkPlan(server, settings.folder)
  const measured = { program: settings.programs.load, core: settings.core, port: server.port, rate: 0, plan }
  await runLoad({ ...measured, connections: settings.clients, seconds: 1 })
  const alone = await runLoad({ ...measured, connections: 1, seconds: capacitySeconds })
  const busy = await runLoad({ ...measured, connections: settings.clients, seconds: capacitySeconds })
  const capacityPerSecond = busy.answered / busy.seconds
  const rows: OverloadRow[] = []
  for (const load of settings.loads) {
    rows.push(await offer(server, settings, { load, capacityPerSecond }))
    await server.untilQuiet()
  }
  return { capacityPerSecond, unloadedP99Ms: percentileMs(alone.latencies, 0.99), rows }
}

async function writeWorkPlan({ port, target }: RunningServer, folder: string): Promise<string> {
  const call = { method: 'GET', path: '/work', answer: undefined } as const
  const { status, body } = await ask(port, call)
  if (status !== 200) throw new Error(`${target.name} answers GET /work with ${status}`)
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${target.name}-work.plan`)
  await writeFile(file, planEntry(requestBytes(call, port), 200, body))
  return file
}

type Latencies = readonly (readonly [number, number])[]

interface ClassCounts {
  readonly due: number
  readonly good: number
  readonly shed: number
  readonly failed: number
  readonly late: number
  readonly lastBadMs: number
  readonly goodLatencies: Latencies
  readonly shedLatencies: Latencies
}

interface Phase {
  readonly seconds: number
  readonly normal: ClassCounts
  readonly high: ClassCounts
}

async function offer(
  server: RunningServer,
  { programs, core, seed, overloadSeconds, calmSeconds, highShare, keepAlive }: OverloadSettings,
  { load, capacityPerSecond }: { load: number; capacityPerSecond: number },
): Promise<OverloadRow> {
  const phases = `${load * capacityPerSecond}:${overloadSeconds},${calmLoad * capacityPerSecond}:${calmSeconds}`
  const options = [server.port, seed, highShare, patienceMs, Number(keepAlive), '/work', '/vip', phases].map(String)
  const timeoutMs = (overloadSeconds + calmSeconds + 30) * 1_000
  const { output } = await runProgram(pinned([programs.overload, ...options], core), timeoutMs)
  const [busy, calm] = (JSON.parse(output) as { phases: readonly Phase[] }).phases
  if (busy === undefined || calm === undefined) throw new Error('the generator left out a phase')
  return rowOf(busy, calm, { load, capacityPerSecond })
}

function rowOf(
  busy: Phase,
  calm: Phase,
  { load, capacityPerSecond }: { load: number; capacityPerSecond: number },
): OverloadRow {
  const { normal, high, seconds } = busy
  const sum = (count: (counts: ClassCounts) => number) => count(normal) + count(high)
  const due = sum((counts) => counts.due)
  const good = histogramOf(normal.goodLatencies, high.goodLatencies)
  return {
    load,
    offeredPerSecond: due / seconds,
    goodput: sum((counts) => counts.good) / Math.min(capacityPerSecond * seconds, due),
    goodP50Ms: percentileNs(good, 0.5) / 1e6,
    goodP99Ms: percentileNs(good, 0.99) / 1e6,
    normalP99Ms: percentileMs(normal.goodLatencies, 0.99),
    shedP99Ms: percentileNs(histogramOf(normal.shedLatencies, high.shedLatencies), 0.99) / 1e6,
    shed: sum((counts) => counts.shed) / due,
    late: sum((counts) => counts.late) / due,
    failed: sum((counts) => counts.failed) / due,
    highGood: high.good / Math.max(1, high.due),
    recoveryMs: Math.max(calm.normal.lastBadMs, calm.high.lastBadMs),
  }
}

function histogramOf(...parts: readonly Latencies[]) {
  return mergeHistograms(parts.map(histogramFrom))
}

function percentileMs(latencies: Latencies, part: number): number {
  return percentileNs(histogramFrom(latencies), part) / 1e6
}
