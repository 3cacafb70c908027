/** Imports point one way: the table in ARCHITECTURE.md against the code. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Import, importsOf, projectRoot, readSource, shippedSources } from './support/source-tree.ts'

const floors = readFloors()
const sources = shippedSources()
const imports = sources.flatMap(importsOf)

describe('the house', () => {
  it('has a row in the import table for every folder, and a folder for every row', () => {
    const folders = readdirSync(join(projectRoot, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    assert.deepEqual(folders.map((entry) => entry.name).sort(), [...floors.keys()].sort())
  })

  it('lets imports point only to lower floors', () => {
    const offending = imports.filter((arrow) => {
      const from = folderOf(arrow.from)
      const to = arrow.to === undefined ? undefined : folderOf(arrow.to)
      if (from === undefined || to === undefined || from === to) return false
      return floorOf(from) <= floorOf(to)
    })
    assert.deepEqual(offending.map(describeArrow), [])
  })

  it('has no import cycle at run time', () => {
    assert.deepEqual(findCycles(imports.filter((arrow) => !arrow.isTypeOnly)), [])
  })

  it('keeps index.ts for the outside', () => {
    const offending = imports.filter((arrow) => arrow.to?.endsWith('/index.ts') && arrow.from !== 'src/index.ts')
    assert.deepEqual(offending.map(describeArrow), [])
  })

  it('keeps internal/ to the folder that owns it', () => {
    const offending = imports.filter((arrow) => {
      const owner = arrow.to?.split('/internal/')[0]
      return arrow.to?.includes('/internal/') && !arrow.from.startsWith(`${owner}/`)
    })
    assert.deepEqual(offending.map(describeArrow), [])
  })

  it('lets only service and testing choose adapters of other folders', () => {
    const adapters = /^src\/\w+\/(engines|exporters|sources|brokers|dialects|registries)\/[^/]+\.ts$/
    const contracts = new Set(['engine.ts', 'exporter.ts', 'source.ts'])
    const offending = imports.filter((arrow) => {
      if (arrow.to === undefined || arrow.isTypeOnly || !adapters.test(arrow.to)) return false
      if (contracts.has(arrow.to.split('/').at(-1) ?? '')) return false
      const from = folderOf(arrow.from)
      return from !== folderOf(arrow.to) && from !== 'service' && from !== 'testing'
    })
    assert.deepEqual(offending.map(describeArrow), [])
  })

  it('names a runtime’s own API only in platform', () => {
    const own =
      /^(bun(:.*)?|node:(net|tls|http|https|http2|child_process|worker_threads|cluster|fs|fs\/promises|sqlite|os|dns|dgram|v8|vm|process))$/
    const offending = imports.filter((arrow) => folderOf(arrow.from) !== 'platform' && own.test(arrow.specifier))
    assert.deepEqual(offending.map(describeArrow), [])
    const globals = /\bBun\.|\bprocess\.(on|once|exit|kill|send|argv|env)\b/
    const naming = sources.filter((path) => folderOf(path) !== 'platform' && globals.test(codeOf(path)))
    assert.deepEqual(naming, [])
  })
})

describe('the import reader', () => {
  it('sees static, type, re-export and dynamic imports', () => {
    const seen = importsOf('tests/fixtures/imports.ts').map(
      (found) => `${found.specifier}${found.isTypeOnly ? ' (type)' : ''}`,
    )
    assert.deepEqual(seen, ['node:path', './a.ts (type)', './b.ts', './c.ts', './d.ts'])
  })

  it('finds a cycle', () => {
    const arrow = (from: string, to: string): Import => ({ from, to, specifier: to, isTypeOnly: false })
    assert.deepEqual(findCycles([arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'a')]), ['a → b → c → a'])
    assert.deepEqual(findCycles([arrow('a', 'b'), arrow('a', 'c'), arrow('b', 'c')]), [])
  })
})

function readFloors(): Map<string, number> {
  const rows = readSource('ARCHITECTURE.md').matchAll(/^\| (\d+) \| ([a-z]+) \|/gm)
  return new Map([...rows].map(([, floor, folder]) => [folder ?? '', Number(floor)]))
}

/** The folder below `src/`; undefined for `src/index.ts`, which stands above all floors. */
function folderOf(path: string): string | undefined {
  const [top, folder, ...rest] = path.split('/')
  return top === 'src' && rest.length > 0 ? folder : undefined
}

function floorOf(folder: string): number {
  const floor = floors.get(folder)
  assert.notEqual(floor, undefined, `src/${folder} has no row in the import table of ARCHITECTURE.md`)
  return floor ?? 0
}

function codeOf(path: string): string {
  return readSource(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''")
}

function describeArrow(arrow: Import): string {
  return `${arrow.from} → ${arrow.to ?? arrow.specifier}`
}

/** Every cycle that a depth-first walk meets, as text. */
function findCycles(arrows: readonly Import[]): string[] {
  const targets = Map.groupBy(arrows, (arrow) => arrow.from)
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file)
    if (at !== -1) cycles.push([...trail.slice(at), file].join(' → '))
    if (at !== -1 || done.has(file)) return
    for (const { to } of targets.get(file) ?? []) if (to !== undefined) visit(to, [...trail, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return cycles
}
