/**
 * Bundle: one service as one file.
 *
 *   entry ─▶ all it imports ─▶ minified ─▶ NAME.mjs            what is imported on first use is in it, and evaluated then
 *                 │                        NAME.mjs.map        for stack traces: node --enable-source-maps
 *                 └─ new URL('…', import.meta.url) ─▶ NAME.assets/…, NAME.THREAD.mjs
 *
 * One file and no chunks: a runtime spends more on finding and linking thirty chunks that a start needs than on reading
 * past the code that it does not need (docs/design/start.md).
 */
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { BuildOptions, BuildResult } from 'esbuild'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { builtinModule } from '../../platform/builtin-module.ts'
import { readBytes, writeFileAtomically } from '../../platform/files.ts'
import { makeFolder, pathExists } from '../../platform/folders.ts'
import type { RuntimeName } from '../../platform/runtime.ts'
import { addBunBytecode } from './bun-bytecode.ts'
import { type Bundler, bundleFailed, isBuildFailure, loadBundler, shownPath } from './bundler.ts'
import { type FilesBeside, filesBeside } from './files-beside.ts'
import { lazyBuiltins, missedNames } from './lazy-builtins.ts'
import { addNodeCode } from './node-code.ts'
import { optionalPackages } from './optional-packages.ts'

export interface BundleOptions {
  /** Of the file, without its ending. */
  readonly name: string
  readonly entry: string
  readonly folder: string
  /** Writes `NAME.mjs.map`. */
  readonly sourcemap: boolean
  /** Packages that stay imports, to be installed where the bundle runs. */
  readonly external: readonly string[]
  /** Runtimes that it is also compiled for: `NAME.bun.js`, `NAME.node.cjs`. */
  readonly compiledFor: readonly RuntimeName[]
}

export interface Bundle {
  readonly file: string
  readonly bytes: number
  readonly gzipBytes: number
  readonly ms: number
  /** What starts the same from compiled code, for the runtimes that were wanted. */
  readonly compiled: readonly string[]
  /** Files that belong to it, relative to its folder. */
  readonly beside: readonly string[]
  /** Packages imported on first use that are not installed and therefore not in it. */
  readonly left: readonly string[]
  /** What somebody should look at. */
  readonly notes: readonly string[]
}

/** Modules beside a service that are bundled already: they may name one another. */
interface Family {
  readonly name: string
  readonly made: Set<string>
}

/** @throws ServiceError `FILE_NOT_FOUND`, `BUNDLE_FAILED` with every place, `BUNDLER_NOT_INSTALLED`. */
export function bundle(options: BundleOptions): Promise<Bundle> {
  return bundleOf(options, { name: options.name, made: new Set() })
}

async function bundleOf(options: BundleOptions, family: Family): Promise<Bundle> {
  const startedMs = performance.now()
  const entry = resolve(options.entry)
  if (!(await pathExists(entry))) {
    throw new ServiceError(
      'FILE_NOT_FOUND',
      `There is no file ${entry}. Name the file that runs the service, such as src/main.ts.`,
    )
  }
  const bundler = await loadBundler()
  const left = new Set<string>()
  const beside = filesBeside({ name: family.name, entry })
  const { outputFiles = [], warnings } = await build(bundler, { ...options, entry }, { beside, left })
  await makeFolder(options.folder)
  for (const { path, contents } of outputFiles) await writeFileAtomically(path, contents)
  const further = await placeBeside(options, beside, family)
  const file = join(options.folder, `${options.name}.mjs`)
  const code = await readBytes(file)
  const compiled = await compileAhead(file, options.compiledFor)
  return {
    file,
    compiled,
    bytes: code.byteLength,
    gzipBytes: builtinModule('node:zlib').gzipSync(code, { level: 9 }).byteLength,
    ms: performance.now() - startedMs,
    beside: further,
    left: [...left].sort(),
    notes: [
      ...beside.notes,
      ...warnings.map(({ text, location }) =>
        location === null ? text : `${location.file}:${location.line}: ${text}`,
      ),
    ],
  }
}

async function compileAhead(file: string, runtimes: readonly RuntimeName[]): Promise<string[]> {
  const made: string[] = []
  for (const runtime of runtimes) made.push(await (runtime === 'bun' ? addBunBytecode(file) : addNodeCode(file)))
  return made
}

interface Findings {
  readonly beside: FilesBeside
  readonly left: Set<string>
}

/** Builds again if names of built-in modules were missed: another runtime has more of them than this one. */
async function build(bundler: Bundler, options: BundleOptions, { beside, left }: Findings): Promise<BuildResult> {
  const furtherNames = new Map<string, Set<string>>()
  for (let tries = 1; ; tries++) {
    const plugins = [lazyBuiltins(furtherNames), optionalPackages(left), beside.plugin]
    const result = await bundler.build({ ...buildOptions(options), plugins }).catch((error: unknown) => {
      if (isBuildFailure(error)) return error
      throw bundleFailed(shownPath(options.entry), error)
    })
    const missed = missedNames([...result.errors, ...result.warnings])
    if (missed.length > 0 && tries < 5) {
      for (const [module, name] of missed) furtherNames.set(module, (furtherNames.get(module) ?? new Set()).add(name))
    } else if (result instanceof Error) {
      throw bundleFailed(shownPath(options.entry), result)
    } else {
      return result
    }
  }
}

function buildOptions({ entry, name, folder, sourcemap, external }: BundleOptions): BuildOptions {
  return {
    entryPoints: [entry],
    outfile: join(folder, `${name}.mjs`),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: sourcemap ? 'external' : false,
    external: [...external, 'bun', 'bun:*'],
    loader: { '.node': 'copy', '.wasm': 'copy' },
    assetNames: `${name}.assets/[name]-[hash]`,
    legalComments: 'none',
    // Says to Bun that there is nothing left to transpile.
    banner: { js: '// @bun' },
    logLevel: 'silent',
    write: false,
  }
}

/** Copies what the sources read from beside themselves, and bundles the modules among it; says what there is now. */
async function placeBeside(
  options: BundleOptions,
  { copies, modules }: FilesBeside,
  family: Family,
): Promise<string[]> {
  for (const [place, source] of copies) {
    const target = join(options.folder, place)
    await makeFolder(dirname(target))
    await writeFileAtomically(target, await readBytes(source))
  }
  const further: string[] = [...copies.keys()]
  for (const [place, entry] of modules) {
    if (family.made.has(place)) continue
    family.made.add(place)
    const { beside } = await bundleOf(
      { ...options, compiledFor: [], entry, name: basename(place, extname(place)) },
      family,
    )
    further.push(place, ...beside)
  }
  return further
}
