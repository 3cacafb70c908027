/** A tree of settings as a list, with one entry for each leaf. */
import type { ConfigSetting, SettingPath } from './config-source.ts'
import { isPlainObject, Secret } from './secret.ts'

/** Arrays are leaves: a later source replaces them whole. `undefined` means that nothing is said. */
export function settingsFrom(tree: unknown, originOf: (path: SettingPath) => string): ConfigSetting[] {
  const settings: ConfigSetting[] = []
  const visit = (value: unknown, path: SettingPath): void => {
    if (value === undefined) return
    if (isPlainObject(value) && Object.keys(value).length > 0) {
      for (const [name, member] of Object.entries(value)) visit(member, [...path, name])
      return
    }
    const origin = originOf(path)
    if (value instanceof Secret) settings.push({ kind: 'setting', path, value: value.reveal(), origin, isSecret: true })
    else settings.push({ kind: 'setting', path, value, origin })
  }
  if (isPlainObject(tree)) for (const [name, member] of Object.entries(tree)) visit(member, [name])
  return settings
}
