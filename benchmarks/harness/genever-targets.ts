/**
 * Ours: two runtimes × three engines × three levels of telemetry, of this tree or of another revision.
 *
 *   genever-bun             sockets, metrics: what a service has when nothing is said
 *   genever-node-libc-full  Node.js, libc, with the access log
 *   genever-bun-bundle      what `genever build` makes of it
 *   genever-bun@base        the same of the revision that --base names
 */
import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { announcedEngine } from './announced-engine.ts'
import type { Target } from './target.ts'

export const runtimes = ['bun', 'node'] as const
export const engines = ['sockets', 'native', 'libc'] as const
export const telemetries = ['metrics', 'off', 'full'] as const

type Runtime = (typeof runtimes)[number]

interface Variant {
  readonly runtime: Runtime
  readonly engine: (typeof engines)[number]
  readonly telemetry: (typeof telemetries)[number]
}

const onLoopback = { HOST: '127.0.0.1', ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0' }

export interface Tree {
  /** The root of the revision's files. */
  readonly root: string
  /** Stands behind every name: `@base`. Default: nothing. */
  readonly mark?: string
}

export function geneverTargets(tree: Tree): Target[] {
  return runtimes.flatMap((runtime) => [
    ...engines.flatMap((engine) => telemetries.map((telemetry) => geneverTarget({ runtime, engine, telemetry }, tree))),
    bundleTarget(runtime, tree),
  ])
}

/** Variants that only tell what telemetry costs or a bundle saves; a run without `--targets` measures them where that shows. */
export function isVariant(name: string): boolean {
  return /^genever-.*-(off|full)(@|$)/.test(name) || isBundle(name)
}

export function isBundle(name: string): boolean {
  return /^genever-.*-bundle(@|$)/.test(name)
}

function geneverTarget({ runtime, engine, telemetry }: Variant, { root, mark = '' }: Tree): Target {
  const parts = ['genever', runtime, ...(engine === 'sockets' ? [] : [engine])]
  if (telemetry !== 'metrics') parts.push(telemetry)
  const said = telemetry === 'metrics' ? '' : `, telemetry ${telemetry}`
  const target: Target = {
    name: parts.join('-') + mark,
    title: `Genever ${runtime === 'bun' ? 'Bun' : 'Node.js'} ${engine}${said}${mark && ` ${mark}`}`,
    prepare: async (cache) => {
      if (!existsSync(join(root, 'src', 'wire', 'engines', `${engine}.ts`))) {
        throw new Error(`this revision has no engine called ${engine}`)
      }
      const announced = await announcedEngine(target, cache)
      if (announced !== engine) throw new Error(`the ${engine} engine does not run here: ${announced} took its place`)
    },
    command: () => [runtimeBinary(runtime), serverOf(root)],
    env: { ...onLoopback, ENGINE: engine, TELEMETRY: telemetry },
  }
  return target
}

function serverOf(root: string): string {
  return join(root, 'benchmarks', 'servers', 'genever.ts')
}

/** One file, as it is deployed: no sources, no packages. */
function bundleTarget(runtime: Runtime, { root, mark = '' }: Tree): Target {
  const name = `genever-${runtime}-bundle${mark}`
  const title = `Genever ${runtime === 'bun' ? 'Bun' : 'Node.js'} sockets, built${mark && ` ${mark}`}`
  const folder = (cache: string) => join(cache, 'bundles', name)
  return {
    name,
    title,
    prepare: (cache) => buildBundle(root, folder(cache)),
    command: (cache) => [
      runtimeBinary(runtime),
      join(folder(cache), runtime === 'bun' ? 'genever.bun.js' : nodeBundle(folder(cache))),
    ],
    env: onLoopback,
  }
}

/** Older revisions compile ahead for Bun only. */
function nodeBundle(folder: string): string {
  return existsSync(join(folder, 'genever.node.cjs')) ? 'genever.node.cjs' : 'genever.mjs'
}

async function buildBundle(root: string, folder: string): Promise<void> {
  const build = join(root, 'src', 'cli', 'commands', 'build.ts')
  if (!existsSync(build)) throw new Error('this revision has no genever build')
  const command = [join(root, 'src', 'cli', 'main.ts'), 'build', serverOf(root), '--out', folder]
  await promisify(execFile)(process.execPath, [...command, '--bytecode'], {
    cwd: root,
    timeout: 120_000,
  })
}

/** The binary itself: a script that finds it would be part of every cold start. */
export function runtimeBinary(runtime: Runtime): string {
  if (runtime === 'node') return realpathSync(process.execPath)
  const cpu = process.arch
  const packages = join(import.meta.dirname, '..', '..', 'node_modules', '@oven')
  const binary = ['', '-musl']
    .map((libc) => join(packages, `bun-linux-${cpu === 'arm64' ? 'aarch64' : cpu}${libc}`, 'bin', 'bun'))
    .find(existsSync)
  if (binary === undefined)
    throw new Error('Bun is not installed for this machine: run npm ci with optional dependencies')
  return binary
}
