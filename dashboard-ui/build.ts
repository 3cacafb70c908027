/**
 * Builds the dashboard's browser app into static files.
 *
 *   src/app.tsx ──esbuild──▶ app-HASH.js, app-HASH.css      what every page needs: the first load
 *        └─ import('./pages/…') ──▶ chunks/NAME-HASH.js     what one page needs, loaded when it is opened
 *   index.html ──────────────▶ index.html                   names of the built files put in
 *   LICENSE of each package ─▶ licenses.txt                of every package that is in the bundle
 *
 * The dashboard's server builds into memory when it runs from sources; `npm run build` puts the same files into the package.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metafile, OutputFile } from 'esbuild'

export interface BuiltFile {
  /** Below the root of the site, such as `chunks/topology-2FQ3XK7A.js`. */
  readonly path: string
  readonly contents: Uint8Array
}

export interface BuiltApp {
  readonly files: readonly BuiltFile[]
  /** Paths of all that a visitor loads before the first page shows. */
  readonly firstLoad: readonly string[]
}

export interface BuildOptions {
  /** Default true. */
  readonly minify?: boolean
}

const root = fileURLToPath(new URL('./', import.meta.url))

/** @throws Error from esbuild, with the place in the source, if a source cannot be read. */
export async function buildDashboard({ minify = true }: BuildOptions = {}): Promise<BuiltApp> {
  const { build } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { app: 'src/app.tsx' },
    outdir: 'out',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2024',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: 'chunks/[name]-[hash]',
    minify,
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const scripts = outputFiles.map(builtFile)
  const html = await readFile(`${root}index.html`, 'utf8')
  const firstLoad = firstLoadOf(metafile)
  const page = textFile('index.html', pageWith(html, firstLoad))
  const icon: BuiltFile = { path: 'favicon.svg', contents: await readFile(`${root}favicon.svg`) }
  const licenses = textFile('licenses.txt', await licensesOf(metafile))
  return { files: [page, icon, licenses, ...scripts], firstLoad: [page.path, icon.path, ...firstLoad] }
}

function textFile(path: string, text: string): BuiltFile {
  return { path, contents: new TextEncoder().encode(text) }
}

function builtFile({ path, contents }: OutputFile): BuiltFile {
  return { path: path.slice(`${root}out/`.length), contents }
}

/** The entry, its styles, the page that opens first, and what both import at once; the entry's script comes first. */
function firstLoadOf({ outputs }: Metafile): string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === 'src/app.tsx') ?? ''
  const first = Object.keys(outputs).find(
    (path) => outputs[path]?.entryPoint === 'src/pages/services/services-page.tsx',
  )
  const found = new Set<string>()
  const visit = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') visit(imported)
  }
  visit(entry)
  if (first !== undefined) visit(first)
  const styles = outputs[entry]?.cssBundle
  return [...found, ...(styles === undefined ? [] : [styles])].map((path) => path.slice('out/'.length))
}

function pageWith(html: string, firstLoad: readonly string[]): string {
  const [entry = '', ...others] = firstLoad
  const styles = firstLoad.find((path) => path.endsWith('.css')) ?? ''
  const preloads = others
    .filter((path) => path.endsWith('.js'))
    .map((path) => `<link rel="modulepreload" href="/${path}" />`)
  return html
    .replace('/app.css', `/${styles}`)
    .replace('/app.js', `/${entry}`)
    .replace('  </head>', [...preloads.map((link) => `    ${link}`), '  </head>'].join('\n'))
}

/** The licences of the packages whose code is in the bundle, which ask to be told along with it. */
async function licensesOf({ inputs }: Metafile): Promise<string> {
  const inPackage = /^.*\/?node_modules\/((?:@[^/]+\/)?[^/]+)\//
  const folders = new Map(
    Object.keys(inputs).flatMap((path) => {
      const [folder, name] = inPackage.exec(path) ?? []
      return folder === undefined || name === undefined ? [] : [[name, join(root, folder)] as const]
    }),
  )
  const texts = [...folders].toSorted().map(async ([name, folder]) => {
    const file = (await readdir(folder)).find((entry) => /^licen[sc]e/i.test(entry))
    if (file === undefined) throw new Error(`The package ${name} has no licence file to go with the bundle.`)
    return `${name}\n\n${await readFile(join(folder, file), 'utf8')}`
  })
  return (await Promise.all(texts)).join('\n────────\n\n')
}
