/** Describing: what the settings are and where each comes from, fit to be shown to anybody who may see the dashboard. */
import type { ConfigProblem } from './config-error.ts'
import type { SettingPath } from './config-source.ts'
import type { EffectiveSetting } from './merge.ts'
import { isPlainObject, isSecretPath, printable, type SecretRules, secretText } from './secret.ts'
import { pathKey, pathText, startsWith } from './setting-path.ts'
import type { ConfigSnapshot } from './snapshot.ts'

export interface ConfigDescription {
  /** Number of the snapshot in effect. */
  readonly snapshot: number
  /** RFC 3339. */
  readonly acceptedAt: string
  /** Sorted by path. */
  readonly settings: readonly SettingDescription[]
  /** Where settings stand that the schema does not know; they have no effect. */
  readonly unknown: readonly string[]
  /** What is wrong with the latest settings, while an older snapshot stays in effect. */
  readonly rejected?: readonly ConfigProblem[]
}

export interface SettingDescription {
  /** Such as `database.url`. */
  readonly path: string
  /** JSON; `[secret]` where it is not to be shown. */
  readonly value: unknown
  /** Where it comes from; `default` if the schema put it in. */
  readonly origin: string
  /** Where else it is set, without effect. */
  readonly overridden?: readonly string[]
}

export function describeSnapshot(
  { number, value, acceptedAtMs, merged }: ConfigSnapshot<unknown>,
  rules: SecretRules,
): ConfigDescription {
  const settings = leavesOf(value).map(([path, leaf]) => describeSetting(path, leaf, merged.settings, rules))
  return {
    snapshot: number,
    acceptedAt: new Date(acceptedAtMs).toISOString(),
    settings: settings.sort((a, b) => (a.path < b.path ? -1 : 1)),
    unknown: merged.unknown.map(({ origin }) => origin),
  }
}

function describeSetting(
  path: SettingPath,
  value: unknown,
  settings: readonly EffectiveSetting[],
  rules: SecretRules,
): SettingDescription {
  const source = originFor(path, settings)
  const isSecret =
    isSecretPath(path, rules) || settings.some((setting) => setting.isSecret && isRelated(setting.path, path))
  const shown = isSecret ? secretText : printable(value, rules.isSecretName)
  const description = { path: pathText(path), value: shown, origin: source?.origin ?? 'default' }
  return source === undefined || source.overridden.length === 0
    ? description
    : { ...description, overridden: source.overridden }
}

/** The setting itself or the one that it is a part of, such as the array that it stands in. */
export function originFor(path: SettingPath, settings: readonly EffectiveSetting[]): EffectiveSetting | undefined {
  const key = pathKey(path)
  return (
    settings.find((setting) => pathKey(setting.path) === key) ??
    settings.find((setting) => setting.path.length > 0 && startsWith(path, setting.path))
  )
}

/** A secret is one wherever the schema has moved it to: above or below where it was set. */
function isRelated(a: SettingPath, b: SettingPath): boolean {
  return startsWith(a, b) || startsWith(b, a)
}

function leavesOf(value: unknown, path: SettingPath = []): [SettingPath, unknown][] {
  if (value === undefined) return []
  if (!isPlainObject(value) || (Object.keys(value).length === 0 && path.length > 0)) return [[path, value]]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]))
}
