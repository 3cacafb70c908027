/**
 * Environment variables as settings.
 *
 *   ORDERS__DATABASE__POOL_SIZE=10     prefix ORDERS: `__` leads one level down    ─▶  database.poolSize = 10
 *   DATABASE_URL=postgres://…          named in `variables`                        ─▶  database.url
 *   …__DATABASE__PASSWORD_FILE=/run/x  the content of a mounted file, a secret     ─▶  database.password
 *
 * Names take the schema's spelling, whatever their case and punctuation; values become what the schema asks for: numbers,
 * `true` and `false`, JSON for objects and arrays, commas between the items of an array. An empty variable is not set.
 */
import { type Environment, processEnvironment } from '../../platform/environment.ts'
import { watchFile } from '../../platform/file-watch.ts'
import { readTextFile } from '../../platform/text-file.ts'
import type { ConfigEntry, ConfigSource, SettingPath } from '../config-source.ts'
import { pathText, settingPath, upperSnakeCase } from '../setting-path.ts'

export interface EnvironmentOptions {
  /** Variables that begin with it and `__` are settings. Without a prefix only those in `variables` are. */
  readonly prefix?: string
  /** Further variables and the settings that they are, such as `{ DATABASE_URL: 'database.url' }`; they win. */
  readonly variables?: Readonly<Record<string, string>>
  /** Default: those of the process. */
  readonly env?: Environment
}

const separator = '__'
const fileSuffix = '_FILE'

interface Variable {
  readonly name: string
  readonly path: SettingPath
  readonly text: string
  /** The text is the path of the file that holds the value. */
  readonly isFile: boolean
}

export function environmentSource({
  prefix,
  variables = {},
  env = processEnvironment,
}: EnvironmentOptions): ConfigSource {
  const start = prefix === undefined ? undefined : prefix + separator
  const found = [...prefixedVariables(env, start, variables), ...namedVariables(env, variables)]
  /** What was read last of each file, which the watch compares with. */
  const known = new Map<string, string>()
  return {
    name: 'environment',
    load: (signal) => Promise.all(found.map((variable) => entryFrom(variable, { env, signal, known }))),
    /** Variables stay what they are; the files that some of them name are replaced when a secret is rotated. */
    watch(changed) {
      const ends = found
        .filter(({ isFile }) => isFile)
        .map(({ text: file }) => watchFile(file, { known: { text: known.get(file) }, changed }))
      return () => {
        for (const end of ends) end()
      }
    },
    placeOf(path) {
      const named = Object.entries(variables).find(([, setting]) => setting === pathText(path))
      if (named !== undefined) return named[0]
      return start === undefined ? undefined : start + path.map(upperSnakeCase).join(separator)
    },
  }
}

function prefixedVariables(
  env: Environment,
  start: string | undefined,
  variables: Readonly<Record<string, string>>,
): Variable[] {
  if (start === undefined) return []
  const names = Object.keys(env).filter((name) => name.startsWith(start) && !Object.hasOwn(variables, name))
  return names.flatMap((name) => {
    const rest = name.slice(start.length)
    // `LOG__FILE` is the setting `log.file`.
    const isFile = /[^_]_FILE$/.test(rest)
    const bare = isFile ? rest.slice(0, -fileSuffix.length) : rest
    return variable(env, name, bare.split(separator), isFile)
  })
}

function namedVariables(env: Environment, variables: Readonly<Record<string, string>>): Variable[] {
  return Object.entries(variables).flatMap(([name, setting]) => {
    const path = settingPath(setting)
    const fileName = name + fileSuffix
    // A variable that is itself listed means what the list says: READY_FILE is no file with the value of READY.
    const file = Object.hasOwn(variables, fileName) ? [] : variable(env, fileName, path, true)
    return [...variable(env, name, path, false), ...file]
  })
}

function variable(env: Environment, name: string, path: SettingPath, isFile: boolean): Variable[] {
  const text = env[name]
  return text === undefined || text === '' || path.includes('') ? [] : [{ name, path, text, isFile }]
}

interface Reading {
  readonly env: Environment
  readonly signal: AbortSignal
  readonly known: Map<string, string>
}

async function entryFrom(
  { name, path, text, isFile }: Variable,
  { env, signal, known }: Reading,
): Promise<ConfigEntry> {
  const setting = { kind: 'setting', path, origin: name, isText: true } as const
  if (!isFile) return { ...setting, value: text }
  const other = name.slice(0, -fileSuffix.length)
  if (env[other] !== undefined && env[other] !== '')
    return unreadable(name, path, `${other} is set too; keep one of them`)
  known.delete(text)
  try {
    const content = await readTextFile(text, signal)
    known.set(text, content)
    // Editors and `echo` end a file with a newline that is not part of the secret.
    return { ...setting, value: content.replace(/\r?\n$/, ''), isSecret: true }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    // The text itself is not repeated: it may be the secret, set by mistake in the place of a path.
    return unreadable(name, path, `the file that it names cannot be read (${reason})`)
  }
}

function unreadable(origin: string, path: SettingPath, problem: string): ConfigEntry {
  return { kind: 'unreadable', path, origin, problem }
}
