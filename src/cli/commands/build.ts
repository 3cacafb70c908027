/** `genever build`: each service as one minified file that starts on Bun and on Node.js without its sources. */
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { loadWorkspace } from '../../orchestrator/workspace.ts'
import type { RuntimeName } from '../../platform/runtime.ts'
import { type Bundle, bundle } from '../internal/bundle.ts'
import { shownPath } from '../internal/bundler.ts'
import { columns } from './routes.ts'

interface BuildCommandOptions {
  readonly out: string
  readonly sourcemap: boolean
  readonly external: readonly string[]
  readonly bytecode: string | boolean
}

interface Wanted {
  readonly name: string
  readonly entry: string
}

const help = `
Without a file, all services of the workspace that genever.json in this folder declares. Each becomes NAME.mjs, which
holds everything that the service imports: it needs no node_modules, starts on Bun and on Node.js, and starts several
times faster than the sources. Files that a source names by new URL('…', import.meta.url) come along in NAME.assets.

Examples:
  $ genever build                       dist/users.mjs, dist/orders.mjs … of this workspace
  $ genever build src/main.ts           dist/main.mjs
  $ genever build src/main.ts --out build --no-sourcemap
  $ genever build src/main.ts --bytecode   and compiled: node dist/main.node.cjs, bun dist/main.bun.js
  $ PORT=8080 node dist/main.mjs        or: bun dist/main.mjs

The bundler is esbuild: npm install --save-dev esbuild`

export function configure(command: Command): void {
  command
    .argument('[files...]', 'files that run a service; default: those of the workspace in this folder')
    .option('--out <folder>', 'where the bundles go', 'dist')
    .option('--no-sourcemap', 'write no NAME.mjs.map')
    .option(
      '--external <package>',
      'leave a package out, to be installed where the bundle runs; may be repeated',
      addTo,
      [],
    )
    .option(
      '--bytecode [runtime]',
      'also compile ahead for node, bun or, without a word, both: starts nearly twice as fast',
      false,
    )
    .addHelpText('after', help)
    .action(build)
}

function addTo(value: string, list: readonly string[]): string[] {
  return [...list, value]
}

async function build(files: readonly string[], { out, bytecode, ...options }: BuildCommandOptions): Promise<void> {
  const compiledFor = runtimesOf(bytecode)
  const wanted = files.length > 0 ? files.map(named) : await ofWorkspace()
  refuseSameNames(wanted)
  const bundles: Bundle[] = []
  for (const { name, entry } of wanted) {
    bundles.push(await bundle({ name, entry, folder: resolve(out), compiledFor, ...options }))
  }
  for (const line of columns(bundles.map(row))) console.log(line)
  for (const bundle of bundles) tellNotes(bundle)
}

/** `src/main.ts` is `main`. */
function named(file: string): Wanted {
  return { name: basename(file, extname(file)), entry: file }
}

async function ofWorkspace(): Promise<Wanted[]> {
  const { directory, services } = await loadWorkspace('.')
  return services.map(({ name, entry }) => ({ name, entry: join(directory, entry) }))
}

/** @throws ServiceError `SAME_BUNDLE` */
function refuseSameNames(wanted: readonly Wanted[]): void {
  for (const { name, entry } of wanted) {
    const other = wanted.find((one) => one.name === name && one.entry !== entry)
    if (other === undefined) continue
    throw new ServiceError(
      'SAME_BUNDLE',
      `${entry} and ${other.entry} would both become ${name}.mjs. Build them one after the other with different --out, or name them in genever.json.`,
    )
  }
}

function row({ file, bytes, gzipBytes, ms }: Bundle): string[] {
  return [shownPath(file), `${kilobytes(bytes)} kB`, `${kilobytes(gzipBytes)} kB gzip`, `${Math.round(ms)} ms`]
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1)
}

/** @throws ServiceError `BAD_RUNTIME` */
function runtimesOf(bytecode: string | boolean): RuntimeName[] {
  if (typeof bytecode === 'boolean') return bytecode ? ['bun', 'node'] : []
  if (bytecode === 'bun' || bytecode === 'node') return [bytecode]
  throw new ServiceError(
    'BAD_RUNTIME',
    `--bytecode: expected bun, node or nothing for both, got '${bytecode.slice(0, 40)}'.`,
  )
}

function tellNotes({ file, compiled, beside, left, notes }: Bundle): void {
  for (const made of compiled) console.error(`Compiled, for this version of its runtime: ${shownPath(made)}`)
  if (beside.length > 0)
    console.error(`${shownPath(file)} needs ${beside.length} files beside it in ${shownPath(dirname(file))}.`)
  if (left.length > 0) console.error(`Not installed and therefore not in ${shownPath(file)}: ${left.join(', ')}.`)
  for (const note of notes) console.error(`Note: ${note}`)
}
