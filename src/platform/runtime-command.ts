/** Which command runs a TypeScript file on a given runtime. */
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type RuntimeName, runtimeName } from './runtime.ts'

export interface RuntimeCommand {
  readonly command: string
  /** Come before the file to run. */
  readonly args: readonly string[]
}

/** The runtime that runs this code now. */
export function currentRuntimeCommand(): RuntimeCommand {
  return { command: process.execPath, args: argsFor(runtimeName) }
}

/**
 * The runtime of that name: the one that runs now, else one that npm installed for this project, else one in PATH.
 *
 * @throws ServiceError `RUNTIME_NOT_FOUND`
 */
export function runtimeCommand(name: RuntimeName): RuntimeCommand {
  if (name === runtimeName) return currentRuntimeCommand()
  const command = installedRuntime(name) ?? runtimeInPath(name)
  if (command !== undefined) return { command, args: argsFor(name) }
  throw new ServiceError(
    'RUNTIME_NOT_FOUND',
    `There is no ${name} in node_modules or PATH: run \`npm ci\` with optional dependencies on, or install it.`,
  )
}

/** Node.js 24 calls running TypeScript and embedded SQL experimental, in words on standard error at every start. */
function argsFor(name: RuntimeName): string[] {
  return name === 'node' ? ['--disable-warning=ExperimentalWarning'] : []
}

function installedRuntime(name: RuntimeName): string | undefined {
  const binaries = binariesOf(name).map((binary) => join('node_modules', binary))
  const folders = [...foldersAbove(process.cwd()), ...foldersAbove(import.meta.dirname)]
  return folders.flatMap((folder) => binaries.map((binary) => join(folder, binary))).find((path) => existsSync(path))
}

/** Their packages carry the plain binary, which works without an install script. */
function binariesOf(name: RuntimeName): string[] {
  const { platform, arch } = process
  if (name === 'node') return [`node-${platform}-${arch}/bin/node`, '.bin/node']
  const cpu = arch === 'arm64' ? 'aarch64' : arch
  return [`@oven/bun-${platform}-${cpu}/bin/bun`, `@oven/bun-${platform}-${cpu}-musl/bin/bun`, '.bin/bun']
}

function foldersAbove(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)]
}

function runtimeInPath(name: RuntimeName): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
