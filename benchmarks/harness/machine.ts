/** The machine that measures, as results describe it, and how its cores are shared out. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGb: number
  readonly system: string
  /** Processes that want to run, over the last minute before the start: above 1 something else was busy. */
  readonly loadBefore: number
  readonly openFiles: number
}

export interface Cores {
  readonly server: number | undefined
  readonly generator: number | undefined
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${distribution()}, Linux ${release()}`,
    loadBefore: loadavg()[0] ?? 0,
    openFiles: openFilesLimit(),
  }
}

/** Server on core 0, generator on core 1; with one core they share it, and the kernel decides. */
export function coresFor(cores: number): Cores {
  return cores > 1 ? { server: 0, generator: 1 } : { server: undefined, generator: undefined }
}

/** On a shared machine: before what other sessions run. Only root may; without it the run is as good as the machine is calm. */
export function preferThisRun(nice = -5): void {
  try {
    writeFileSync('/proc/self/autogroup', String(nice))
  } catch {
    // The kernel has no groups of sessions, or does not let us.
  }
}

/** The hard limit: a process may raise itself to it. */
export function openFilesLimit(): number {
  const limit = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return limit === undefined || limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(limit)
}

/** Versions of what the targets run on, of those that are there. */
export function describeVersions(commands: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const versions: Record<string, string> = {}
  for (const [name, [command = '', ...args]] of Object.entries(commands)) {
    const line = firstLine(command, args)
    if (line !== undefined) versions[name] = line
  }
  return versions
}

function firstLine(command: string, args: readonly string[]): string | undefined {
  try {
    const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return output.trim().split('\n')[0]
  } catch {
    return undefined
  }
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  } catch {
    return 'Linux'
  }
}
