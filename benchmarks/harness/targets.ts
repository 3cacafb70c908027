/** All targets: the limit, the peers that stand in `peers/<name>/peer.ts`, and ours. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { geneverTargets, type Tree } from './genever-targets.ts'
import { buildProgram } from './programs.ts'
import type { Target } from './target.ts'

const peersFolder = join(import.meta.dirname, '..', 'peers')

export const limitTarget: Target = {
  name: 'limit',
  title: 'C, epoll (the limit)',
  prepare: async (cache) => {
    await buildProgram('limit/limit', cache)
  },
  command: (cache) => [join(cache, 'programs', 'limit-limit')],
}

export async function allTargets(trees: readonly Tree[]): Promise<Target[]> {
  return [limitTarget, ...(await peerTargets()), ...trees.flatMap(geneverTargets)]
}

/** Names and patterns (`genever-*`) in the order in which the targets stand; throws for what matches nothing. */
export function chooseTargets(all: readonly Target[], wanted: readonly string[]): Target[] {
  const patterns = wanted.map((name) => ({ name, matches: patternOf(name) }))
  const unknown = patterns.find(({ matches }) => !all.some((target) => matches.test(target.name)))
  if (unknown !== undefined) {
    throw new Error(`no target is called ${unknown.name}; there are ${all.map((target) => target.name).join(', ')}`)
  }
  return all.filter((target) => patterns.some(({ matches }) => matches.test(target.name)))
}

function patternOf(name: string): RegExp {
  return new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
}

async function peerTargets(): Promise<Target[]> {
  if (!existsSync(peersFolder)) return []
  const files = readdirSync(peersFolder)
    .sort()
    .map((name) => join(peersFolder, name, 'peer.ts'))
    .filter(existsSync)
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(file).href) as Promise<PeerModule>))
  return modules.flatMap((module) => [...module.targets])
}

interface PeerModule {
  readonly targets: readonly Target[]
}
