/** Settings given in code: defaults before all other sources, overrides behind them. */
import type { ConfigSource } from '../config-source.ts'
import { pathText } from '../setting-path.ts'
import { settingsFrom } from '../settings-from.ts'

export function defaults(tree: Readonly<Record<string, unknown>>): ConfigSource {
  return objectSource('defaults', tree)
}

export function overrides(tree: Readonly<Record<string, unknown>>): ConfigSource {
  return objectSource('overrides', tree)
}

function objectSource(name: string, tree: Readonly<Record<string, unknown>>): ConfigSource {
  return { name, load: () => settingsFrom(tree, (path) => `${name}:${pathText(path)}`) }
}
