/** Setting paths: `database.url` in text, `['database', 'url']` in code. */
import type { SettingPath } from './config-source.ts'

export function settingPath(text: string): SettingPath {
  return text.split('.')
}

export function pathText(path: SettingPath): string {
  return path.join('.')
}

/** The same for all spellings of a name: `poolSize`, `pool_size`, `POOL-SIZE`. */
export function bareName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** `POOL_SIZE` → `poolSize`: how a name is written where nothing tells its right spelling. */
export function camelCase(name: string): string {
  return name.toLowerCase().replace(/[_-]+([\p{L}\p{N}])/gu, (_, first: string) => first.toUpperCase())
}

/** `poolSize` → `POOL_SIZE`. */
export function upperSnakeCase(name: string): string {
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
