/** A file with settings: YAML or JSON, by its extension. */
import { extname } from 'node:path'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { watchFile } from '../../platform/file-watch.ts'
import { readTextFile } from '../../platform/text-file.ts'
import { parseJson } from '../../schema/json.ts'
import type { ConfigSource } from '../config-source.ts'
import { isPlainObject } from '../secret.ts'
import { pathText } from '../setting-path.ts'
import { settingsFrom } from '../settings-from.ts'

export interface FileOptions {
  /** A file that does not exist has no settings; default false: it is an error. */
  readonly optional?: boolean
}

/** `path` ends in `.yaml`, `.yml` or `.json`; a relative one is looked up in the working directory. */
export function fileSource(path: string, { optional = false }: FileOptions = {}): ConfigSource {
  const parse = parserFor(path)
  /** What was read last, which the watch compares with. */
  let known: { readonly text: string | undefined } = { text: undefined }
  return {
    name: path,
    async load(signal) {
      const text = await textOf(path, optional, signal)
      known = { text }
      const tree = text === undefined || text.trim() === '' ? {} : await parse(text)
      if (!isPlainObject(tree ?? {})) throw badFile(`expected settings by name at the top, got ${kindOf(tree)}`)
      return settingsFrom(tree, (setting) => `${path}:${pathText(setting)}`)
    },
    watch: (changed) => watchFile(path, { known, changed }),
    placeOf: (setting) => `${pathText(setting)} in ${path}`,
  }
}

/** `config.yaml` and, over it, `config.production.yaml` if there is one: the files of one environment. */
export function configFiles(path: string, environment: string, options: FileOptions = {}): ConfigSource[] {
  const extension = extname(path)
  const specific = `${path.slice(0, -extension.length)}.${environment}${extension}`
  return [fileSource(path, options), fileSource(specific, { optional: true })]
}

type Parser = (text: string) => unknown

function parserFor(path: string): Parser {
  const extension = extname(path)
  if (extension === '.json') return parseJson
  if (extension === '.yaml' || extension === '.yml') return parseYaml
  throw badFile(`expected a name that ends in .yaml, .yml or .json, got '${path}'`)
}

/** Undefined for an optional file that does not exist. */
async function textOf(path: string, isOptional: boolean, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readTextFile(path, signal)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (isOptional && code === 'ENOENT') return undefined
    throw badFile(code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`)
  }
}

async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text)
  const [error] = document.errors
  // The library's message quotes the text, which may be a secret.
  if (error !== undefined) {
    const { line = 0, col = 0 } = error.linePos?.[0] ?? {}
    throw badFile(`it is no YAML at line ${line}, column ${col} (${error.code})`)
  }
  return document.toJS()
}

function kindOf(tree: unknown): string {
  return Array.isArray(tree) ? 'a list' : typeof tree
}

function badFile(problem: string): ServiceError {
  return new ServiceError('BAD_CONFIG_FILE', `${problem[0]?.toUpperCase()}${problem.slice(1)}.`)
}
