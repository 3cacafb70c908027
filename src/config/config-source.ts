/** ConfigSource: a place where settings stand: a file, the environment, later etcd, Consul or a mounted ConfigMap. */

export interface ConfigSource {
  /** Shown wherever one of its settings is, such as `config.yaml`. */
  readonly name: string
  /**
   * Reads all settings as they are now.
   *
   * @throws whatever keeps it from reading; the text is shown to the operator and must not repeat what stands in the source.
   */
  load(signal: AbortSignal): readonly ConfigEntry[] | Promise<readonly ConfigEntry[]>
  /** Calls `changed` whenever another `load` may give something else; too often is fine. Returns the end of it. */
  watch?(changed: () => void): () => void
  /** Where one would write the setting, such as `ORDERS__DATABASE__URL`; for messages about what is missing. */
  placeOf?(path: SettingPath): string | undefined
}

/** Names from the root down, such as `['database', 'url']`. */
export type SettingPath = readonly string[]

export type ConfigEntry = ConfigSetting | UnreadableSetting

export interface ConfigSetting {
  readonly kind: 'setting'
  readonly path: SettingPath
  /** Scalar, array, or empty object; an object with members is one entry for each of them. */
  readonly value: unknown
  /** Where exactly it stands, such as `config.yaml:database.url` or the name of a variable. */
  readonly origin: string
  /**
   * The source has only text, in names as in values: names match the schema's whatever their case and punctuation, and
   * the value becomes what the schema asks for.
   */
  readonly isText?: boolean
  /** Not to be shown, whatever its name is. */
  readonly isSecret?: boolean
}

/** A setting that is there and cannot be read; it counts as an error, beside all others. */
export interface UnreadableSetting {
  readonly kind: 'unreadable'
  readonly path: SettingPath
  readonly origin: string
  readonly problem: string
}
