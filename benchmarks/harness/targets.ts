/** All targets: the limit, our peers, and ours. */
import { join } from 'node:path'
import { peers } from '../peers/peers.ts'
import { geneverTargets, type Tree } from './genever-targets.ts'
import { buildProgram } from './programs.ts'
import type { Target } from './target.ts'

export const limitTarget: Target = {
  name: 'limit',
  title: 'C, epoll (the limit)',
  prepare: async (cache) => {
    await buildProgram('limit/limit', cache)
  },
  command: (cache) => [join(cache, 'programs', 'limit-limit')],
}

export function allTargets(trees: readonly Tree[]): Target[] {
  return [limitTarget, ...peers, ...trees.flatMap(geneverTargets)]
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
