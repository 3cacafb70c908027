/** Reads the project's sources as text: which files there are and what each imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot: string = fileURLToPath(new URL('../../', import.meta.url))

export interface Import {
  /** File that imports, relative to the project. */
  readonly from: string
  /** As written. */
  readonly specifier: string
  /** File that is imported, relative to the project; undefined for a package or a built-in. */
  readonly to: string | undefined
  /** Whether it vanishes when types are stripped. */
  readonly isTypeOnly: boolean
}

/** Paths relative to the project of all files below `folder` whose name ends in one of `endings`, sorted. */
export function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('node_modules'))
    .sort()
}

/** Sources that ship: no tests, contracts of adapters or type tests, and no templates for new projects. */
export function shippedSources(): string[] {
  return filesBelow('src', ['.ts']).filter(
    (path) =>
      !/\.(test|contract|types-test|fixture)\.ts$/.test(path) &&
      !path.includes('/templates/') &&
      !path.includes('/fixtures/'),
  )
}

export function readSource(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8')
}

const statement = /^\s*(import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s*)?(['"])([^'"]+)\3/gm
const dynamic = /\bimport\(\s*(['"])([^'"]+)\1\s*\)/g

export function importsOf(path: string): Import[] {
  const text = withoutComments(readSource(path))
  const found: Import[] = []
  for (const [, keyword, type, , specifier] of text.matchAll(statement)) {
    if (specifier === undefined || (keyword === 'export' && !text.includes('from'))) continue
    found.push({ from: path, specifier, to: resolve(path, specifier), isTypeOnly: type !== undefined })
  }
  for (const [, , specifier] of text.matchAll(dynamic)) {
    if (specifier !== undefined) found.push({ from: path, specifier, to: resolve(path, specifier), isTypeOnly: false })
  }
  return found
}

function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? join(dirname(from), specifier) : undefined
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}
