/**
 * Config: typed settings from files, environment and code, that follow their sources.
 *
 *   sources/* ─load─▶ entries ─merge─▶ tree ─validate─▶ snapshot (frozen, numbered) ─▶ subscribers
 *      ▲                                        └─ invalid ─▶ thrown at the start; later reported, the last good one stays
 *      └─────────────── watch ◀─────────────────
 */
export {
  type ChangeListener,
  type Config,
  type ConfigOptions,
  loadConfig,
  type ReloadOutcome,
} from './config.ts'
export type { ConfigProblem } from './config-error.ts'
export type { ConfigEntry, ConfigSetting, ConfigSource, SettingPath, UnreadableSetting } from './config-source.ts'
export type { ConfigDescription, SettingDescription } from './describe.ts'
export type { EffectiveSetting, MergedSettings } from './merge.ts'
export { Secret, secret } from './secret.ts'
export { type ServiceConfig, serviceConfig, serviceVariables } from './service-config.ts'
export { settingsFrom } from './settings-from.ts'
export type { ConfigSnapshot } from './snapshot.ts'
export { type EnvironmentOptions, environmentSource } from './sources/environment.ts'
export { configFiles, type FileOptions, fileSource } from './sources/file.ts'
export { defaults, overrides } from './sources/object.ts'
