/**
 * FilesBeside: what a source reads from beside itself comes along, since the bundle lies elsewhere.
 *
 *   new URL('page.html', import.meta.url)     the file, under its content's hash    ─▶ NAME.assets/page-1a2b3c4d.html
 *   new URL('pages/', import.meta.url)        the folder with all that is in it     ─▶ NAME.assets/pages-1a2b3c4d/
 *   new URL('hash-thread.ts', import.meta.url)   a module of its own, bundled alike ─▶ NAME.hash-thread-1a2b3c4d.mjs
 *   defineWork(import.meta.url, …)            that module, for the threads that load it, likewise
 */
import { basename, dirname, extname, join, sep } from 'node:path'
import type { Plugin, PluginBuild } from 'esbuild'
import { builtinModule } from '../../platform/builtin-module.ts'
import { pathFacts, readBytes } from '../../platform/files.ts'
import { listFiles } from '../../platform/folders.ts'
import { readTextFile } from '../../platform/text-file.ts'
import { shownPath } from './bundler.ts'

export interface FilesBeside {
  readonly plugin: Plugin
  /** Where each file comes from, by where it goes: a path relative to the folder of the bundle. */
  readonly copies: ReadonlyMap<string, string>
  /** Modules to bundle, by the path of their bundle, relative to its folder. */
  readonly modules: ReadonlyMap<string, string>
  /** What could not be taken along, for people. */
  readonly notes: ReadonlySet<string>
}

interface Found {
  readonly copies: Map<string, string>
  readonly modules: Map<string, string>
  readonly notes: Set<string>
}

/** This package's own files ask where they lie only to know themselves again. */
const ownSources = join(import.meta.dirname, '../..')
const sourceFile = /\.[cm]?[jt]sx?$/
const urlBeside = /new URL\(\s*(['"`])(\.{0,2}[^'"`$:?#]*)\1\s*,\s*import\.meta\.url\s*\)/g
const ownWork = /\bdefineWork(<[^()]*>)?\(\s*import\.meta\.url/g
const workElsewhere = /(\bfrom:\s*import\.meta\.url,\s*module:\s*)(['"])(\.[^'"]+)\2/g
const ownFolder = /import\.meta\.(?:dirname|filename|dir|path|file)\b/

export interface FilesBesideOptions {
  /** Of the service's bundle; names of what lies beside it begin with it. */
  readonly name: string
  /** What is bundled now: the service, or one of the modules beside it, whose own address is right as it is. */
  readonly entry: string
}

export function filesBeside({ name, entry }: FilesBesideOptions): FilesBeside {
  const found: Found = { copies: new Map(), modules: new Map(), notes: new Set() }
  const plugin: Plugin = {
    name: 'genever-files-beside',
    setup(build: PluginBuild) {
      build.onLoad({ filter: sourceFile, namespace: 'file' }, async ({ path }) => {
        const text = await readTextFile(path)
        const withWorks = path === entry ? text : await worksText(text, path, name, found)
        const changed = plainZod(await besideText(withWorks, path, name, found))
        return changed === text ? undefined : { contents: changed, loader: loaderFor(path) }
      })
    },
  }
  return { plugin, ...found }
}

async function besideText(text: string, path: string, name: string, found: Found): Promise<string> {
  if (!text.includes('import.meta.') || isOurs(path)) return text
  const isTheirs = !path.includes('/node_modules/')
  if (isTheirs && ownFolder.test(text)) {
    found.notes.add(
      `${shownPath(path)} asks where it lies; in the bundle that is the folder of the bundle. Files named by new URL('…', import.meta.url) come along.`,
    )
  }
  let changed = ''
  let end = 0
  for (const match of text.matchAll(urlBeside)) {
    const target = match[2] ?? ''
    const place = await placeOf(join(dirname(path), target), name, found)
    if (place === undefined && isTheirs)
      found.notes.add(
        `${shownPath(path)} names ${target || 'its own place'}, which was not found and does not come along.`,
      )
    changed +=
      text.slice(end, match.index) + (place === undefined ? match[0] : `new URL('./${place}', import.meta.url)`)
    end = match.index + match[0].length
  }
  return changed + text.slice(end)
}

function isOurs(path: string): boolean {
  return path.startsWith(ownSources + sep)
}

/** A thread loads the module that defines its work, and would start the service if that were the service's bundle. */
async function worksText(text: string, path: string, name: string, found: Found): Promise<string> {
  if (isOurs(path)) return text
  let changed = text
  if (text.search(ownWork) !== -1) {
    const place = await placeOf(path, name, found)
    changed = changed.replace(
      ownWork,
      (_, types = '') => `defineWork${types}(new URL('./${place}', import.meta.url).href`,
    )
  }
  for (const [whole, before, quote, module = ''] of text.matchAll(workElsewhere)) {
    const place = await placeOf(join(dirname(path), module), name, found)
    if (place !== undefined) changed = changed.replace(whole, `${before}${quote}./${place}${quote}`)
  }
  return changed
}

/** Where it goes; undefined if there is nothing of that name. */
async function placeOf(target: string, name: string, { copies, modules }: Found): Promise<string | undefined> {
  const facts = await pathFacts(target)
  const extension = extname(target)
  const stem = basename(target, extension)
  if (facts?.kind === 'folder') {
    const files = await listFiles(target)
    const contents = await Promise.all(
      files.map(async (file) => `${file}\n${digest(await readBytes(join(target, file)))}`),
    )
    const folder = `${name}.assets/${stem}-${digest(contents.join('\n'))}`
    for (const file of files) copies.set(`${folder}/${file}`, join(target, file))
    return `${folder}/`
  }
  if (facts?.kind !== 'file') return undefined
  const content = await readBytes(target)
  if (sourceFile.test(target)) {
    const place = `${name}.${stem}-${digest(content)}.mjs`
    modules.set(place, target)
    return place
  }
  const place = `${name}.assets/${stem}-${digest(content)}${extension}`
  copies.set(place, target)
  return place
}

function digest(content: Uint8Array | string): string {
  return builtinModule('node:crypto').createHash('sha256').update(content).digest('hex').slice(0, 8)
}

/**
 * Zod's `z` is an object that holds all of zod, with 50 languages; its namespace is the same object to whoever uses it, but
 * one of which a bundler can leave out what nobody uses: 370 kB.
 */
function plainZod(text: string): string {
  return text.replace(/^import \{ z \} from (['"])zod\1/m, "import * as z from 'zod'")
}

function loaderFor(path: string): 'js' | 'jsx' | 'ts' | 'tsx' {
  const extension = extname(path).replace(/^\.[cm]?/, '')
  return extension === 'jsx' || extension === 'ts' || extension === 'tsx' ? extension : 'js'
}
