/** Setting paths: `database.url` in text, `['database', 'url']` in code. */
import type { SettingPath } from './config-source.ts'

/**
 * Names are nearly always ASCII. The Unicode classes take an engine milliseconds to compile, which no start should pay for
 * nothing, so they stand in functions of their own.
 */
const isAscii = (name: string): boolean => /^[ -~]*$/.test(name)

export function settingPath(text: string): SettingPath {
  return text.split('.')
}

export function pathText(path: SettingPath): string {
  return path.join('.')
}

/** The same for all spellings of a name: `poolSize`, `pool_size`, `POOL-SIZE`. */
export function bareName(name: string): string {
  const lower = name.toLowerCase()
  return isAscii(name) ? lower.replace(/[^a-z0-9]/g, '') : withoutPunctuation(lower)
}

/** `POOL_SIZE` → `poolSize`: how a name is written where nothing tells its right spelling. */
export function camelCase(name: string): string {
  const lower = name.toLowerCase()
  if (!isAscii(name)) return unicodeCamelCase(lower)
  return lower.replace(/[_-]+([a-z0-9])/g, (_, first: string) => first.toUpperCase())
}

/** `poolSize` → `POOL_SIZE`. */
export function upperSnakeCase(name: string): string {
  if (!isAscii(name)) return unicodeUpperSnakeCase(name)
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}

function withoutPunctuation(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, '')
}

function unicodeCamelCase(name: string): string {
  return name.replace(/[_-]+([\p{L}\p{N}])/gu, (_, first: string) => first.toUpperCase())
}

function unicodeUpperSnakeCase(name: string): string {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toUpperCase()
}

/** A path as a key of maps. */
export function pathKey(path: SettingPath): string {
  return JSON.stringify(path)
}

export function startsWith(path: SettingPath, start: SettingPath): boolean {
  return start.length <= path.length && start.every((name, i) => path[i] === name)
}
