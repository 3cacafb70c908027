/** Runs the situations and the llhttp cases against an engine on the running runtime. */
import { existsSync, readFileSync } from 'node:fs'
import type { Engine } from '../../../src/wire/engines/engine.ts'
import { nativeEngine } from '../../../src/wire/engines/native.ts'
import { socketsEngine } from '../../../src/wire/engines/sockets.ts'
import { hear } from './heard.ts'
import { echo, outcome, type Situation, situations } from './situations.ts'

/** By the situation's group and name, or by the case's id, what was seen. */
export type Observations = Readonly<Record<string, string>>

export interface Observed {
  readonly sockets: Observations
  readonly native: Observations
}

const casesFile = new URL('../../../../shared/conformance/http1/llhttp.jsonl', import.meta.url)

export const hasLlhttpCases: boolean = existsSync(casesFile)

/** So many at once: enough to be quick, few enough to keep the times. */
const batchSize = 40

export interface Patience {
  /** How many times as long as usual to wait for more. Default 1. */
  readonly factor?: number
  /** Only these situations and cases. Default all. */
  readonly keys?: readonly string[]
}

export async function observeEngines(patience?: Patience): Promise<Observed> {
  const [native, sockets] = await Promise.all([observe(nativeEngine, patience), observe(socketsEngine, patience)])
  return { native, sockets }
}

export async function observe(engine: Engine, { factor = 1, keys }: Patience = {}): Promise<Observations> {
  const tasks = allSituations()
    .filter(([key]) => keys === undefined || keys.includes(key))
    .map(
      ([key, situation]) =>
        async () =>
          [key, await outcomeOf(engine, situation, factor)] as const,
    )
  return Object.fromEntries(await inBatches(tasks))
}

function allSituations(): [key: string, situation: Situation][] {
  const ours = Object.entries(situations).flatMap(([group, list]) =>
    list.map((situation): [string, Situation] => [keyOf(group, situation), situation]),
  )
  return [...ours, ...llhttpCases().map(({ id, bytes }): [string, Situation] => [id, { name: id, bytes }])]
}

export function keyOf(group: string, { name }: Situation): string {
  return `${group}: ${name}`
}

async function outcomeOf(engine: Engine, situation: Situation, factor: number): Promise<string> {
  const { bytes, limits, handler = echo, halfCloses = false, quietMs = 250, show = outcome } = situation
  const server = await engine.listen({ handler, ...(limits === undefined ? {} : { limits }) })
  try {
    return show(await hear({ port: server.port, bytes, halfCloses, quietMs: factor * quietMs }))
  } finally {
    await server.close(AbortSignal.timeout(0))
  }
}

async function inBatches<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  for (let at = 0; at < tasks.length; at += batchSize) {
    results.push(...(await Promise.all(tasks.slice(at, at + batchSize).map((task) => task()))))
  }
  return results
}

export function llhttpCases(): { id: string; bytes: string }[] {
  if (!hasLlhttpCases) return []
  const lines = readFileSync(casesFile, 'utf8').trim().split('\n')
  return lines.map((line) => {
    const { id, b64 } = JSON.parse(line) as { id: string; b64: string }
    return { id, bytes: Buffer.from(b64, 'base64').toString('latin1') }
  })
}
