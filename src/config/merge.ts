/**
 * Merging: the entries of all sources, first to last, as one tree. Pure.
 *
 *   config.yaml   { database: { url, pool: 5 } }
 *   environment   DATABASE__POOL=10                ─▶  { database: { url, pool: 10 } }   pool: from DATABASE__POOL, over config.yaml
 *
 * A later source wins setting by setting; arrays are replaced whole; null takes away everything below it.
 */
import type { ConfigSetting, SettingPath } from './config-source.ts'
import { bareName, camelCase, pathKey, startsWith } from './setting-path.ts'
import type { SettingShape } from './setting-shape.ts'

export interface MergedSettings {
  /** Objects without prototype, so that no name in a file means more than itself. */
  readonly tree: Readonly<Record<string, unknown>>
  readonly settings: readonly EffectiveSetting[]
  /** Settings that the schema does not know, most likely misspelt. */
  readonly unknown: readonly EffectiveSetting[]
}

export interface EffectiveSetting {
  readonly path: SettingPath
  readonly value: unknown
  readonly origin: string
  readonly isSecret: boolean
  /** Where else it stands, without effect; the nearest loser first. */
  readonly overridden: readonly string[]
}

export function mergeSettings(layers: readonly (readonly ConfigSetting[])[], shape: SettingShape): MergedSettings {
  const effective = new Map<string, EffectiveSetting>()
  for (const setting of layers.flat()) {
    const path = setting.isText ? alignedPath(setting.path, shape, effective) : setting.path
    place(effective, path, setting, shape)
  }
  const settings = [...effective.values()]
  return {
    tree: treeOf(settings),
    settings,
    unknown: settings.filter(({ path }) => shapeAt(shape, path) === undefined),
  }
}

function place(
  effective: Map<string, EffectiveSetting>,
  path: SettingPath,
  { value: raw, origin, isText = false, isSecret = false }: ConfigSetting,
  shape: SettingShape,
): void {
  const value = isText && typeof raw === 'string' ? (shapeAt(shape, path)?.valueOf(raw) ?? raw) : raw
  if (isEmptyObject(value) && hasBelow(effective, path)) return
  const replaced = [...effective.values()].filter(
    (other) => startsWith(other.path, path) || startsWith(path, other.path),
  )
  for (const other of replaced) effective.delete(pathKey(other.path))
  const same = replaced.find((other) => other.path.length === path.length)
  effective.set(pathKey(path), {
    path,
    value,
    origin,
    isSecret: isSecret || same?.isSecret === true,
    overridden: same === undefined ? [] : [same.origin, ...same.overridden],
  })
}

/** Text has no letter case of its own: each name takes the spelling of the schema, or of a source before. */
function alignedPath(
  path: SettingPath,
  shape: SettingShape,
  effective: ReadonlyMap<string, EffectiveSetting>,
): SettingPath {
  const aligned: string[] = []
  let below: SettingShape | undefined = shape
  for (const name of path) {
    const depth = aligned.length
    const spelt = [...effective.values()].flatMap((other) =>
      startsWith(other.path, aligned) ? (other.path[depth] ?? []) : [],
    )
    const known = [...(below?.names ?? []), ...spelt].find((candidate) => bareName(candidate) === bareName(name))
    aligned.push(known ?? camelCase(name))
    below = below?.child(aligned[depth] as string)
  }
  return aligned
}

function shapeAt(shape: SettingShape, path: SettingPath): SettingShape | undefined {
  let at: SettingShape | undefined = shape
  for (const name of path) at = at?.child(name)
  return at
}

function treeOf(settings: readonly EffectiveSetting[]): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = Object.create(null)
  for (const { path, value } of settings) {
    let node = root
    for (const name of path.slice(0, -1)) {
      node[name] ??= Object.create(null)
      node = node[name] as Record<string, unknown>
    }
    node[path.at(-1) as string] = value
  }
  return root
}

function hasBelow(effective: ReadonlyMap<string, EffectiveSetting>, path: SettingPath): boolean {
  return [...effective.values()].some((other) => other.path.length > path.length && startsWith(other.path, path))
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}
