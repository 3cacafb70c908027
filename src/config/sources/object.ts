/** Settings given in code: defaults before all other sources, overrides behind them. */
import type { ConfigSource } from '../config-source.ts'
import { flatten } from '../flatten.ts'
import { pathText } from '../setting-path.ts'

export function defaults(tree: Readonly<Record<string, unknown>>): ConfigSource {
  return objectSource('defaults', tree)
}

export function overrides(tree: Readonly<Record<string, unknown>>): ConfigSource {
  return objectSource('overrides', tree)
}

function objectSource(name: string, tree: Readonly<Record<string, unknown>>): ConfigSource {
  return { name, load: () => flatten(tree, (path) => `${name}:${pathText(path)}`) }
}
