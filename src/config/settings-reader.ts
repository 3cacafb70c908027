/** SettingsReader: from what stands in the sources to a valid value, or to all that is wrong with it. */
import type { FieldError } from '../schema/field-error.ts'
import type { OutputOf, Schema } from '../schema/schema.ts'
import { validate } from '../schema/validate.ts'
import { type ConfigProblem, configError } from './config-error.ts'
import type { ConfigSetting, ConfigSource } from './config-source.ts'
import { originFor } from './describe.ts'
import { type MergedSettings, mergeSettings } from './merge.ts'
import { pathText } from './setting-path.ts'
import { SettingShape } from './setting-shape.ts'

/** What the sources gave: settings, and what could not be read of them. */
export interface Reading {
  readonly merged: MergedSettings
  readonly problems: readonly ConfigProblem[]
}

export class SettingsReader<S extends Schema> {
  readonly sources: readonly ConfigSource[]
  readonly #schema: S
  readonly #shape: SettingShape

  constructor(schema: S, sources: readonly ConfigSource[]) {
    this.sources = sources
    this.#schema = schema
    this.#shape = SettingShape.of(schema)
  }

  async read(signal: AbortSignal): Promise<Reading> {
    const problems: ConfigProblem[] = []
    const layers = await Promise.all(this.sources.map((source) => settingsOf(source, signal, problems)))
    return { merged: mergeSettings(layers, this.#shape), problems }
  }

  /** @throws ServiceError `INVALID_CONFIG` */
  async validate({ merged, problems }: Reading): Promise<OutputOf<S>> {
    const result = await validate(this.#schema, merged.tree, 'body')
    const broken = (result.errors ?? []).map((error) => this.#problemOf(error, merged))
    // What is missing behind a source that could not be read is most likely not missing.
    const isCertain = ({ path, origin }: ConfigProblem): boolean =>
      origin !== '' || !problems.some((unread) => unread.path === '' || unread.path === path)
    const all = [...problems, ...broken.filter(isCertain)]
    if (all.length > 0 || result.errors !== undefined) throw configError(all)
    return result.value
  }

  #problemOf({ path: pointer, rule, message }: FieldError, merged: MergedSettings): ConfigProblem {
    const path = pathOf(pointer)
    const origin = originFor(path, merged.settings)?.origin
    if (origin !== undefined) return { path: pathText(path), origin, rule, message }
    return { path: pathText(path), origin: '', rule, message: message + this.#placesText(path) }
  }

  #placesText(path: readonly string[]): string {
    const places = this.sources.map((source) => source.placeOf?.(path)).filter((place) => place !== undefined)
    return places.length === 0 ? '' : `; set ${places.toReversed().join(' or ')}`
  }
}

async function settingsOf(
  source: ConfigSource,
  signal: AbortSignal,
  problems: ConfigProblem[],
): Promise<ConfigSetting[]> {
  try {
    const settings: ConfigSetting[] = []
    for (const entry of await source.load(signal)) {
      if (entry.kind === 'setting') settings.push(entry)
      else
        problems.push({ path: pathText(entry.path), origin: entry.origin, rule: 'unreadable', message: entry.problem })
    }
    return settings
  } catch (error) {
    problems.push({ path: '', origin: source.name, rule: 'unreadable', message: messageOf(error) })
    return []
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** RFC 6901. */
function pathOf(pointer: string): string[] {
  const parts = pointer.split('/').slice(1)
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}
