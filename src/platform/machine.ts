/**
 * Machine: what this process may use, as the container limits it.
 *
 *   cgroup v2 (cpu.max, memory.max) │ cgroup v1 (cfs quota, limit_in_bytes) ─▶ the smaller of limit and machine
 */
import { readFileSync } from 'node:fs'
import { builtinModule } from './builtin-module.ts'

export interface Machine {
  /** Whole cores worth of CPU time, at least 1: the quota rounded down, else the cores this process may run on. */
  readonly cores: number
  /** Memory this process may hold, in bytes: the limit, else what the machine has. */
  readonly memoryBytes: number
}

/** Reads the text of a file, undefined where there is none. */
export type ReadText = (path: string) => string | undefined

export interface MachineOptions {
  read?: ReadText
  cores?: number
  memoryBytes?: number
}

export function machine({
  read = readText,
  cores = builtinModule('node:os').availableParallelism(),
  memoryBytes = builtinModule('node:os').totalmem(),
}: MachineOptions = {}): Machine {
  const limits = cgroupFolders(read).map((folder) => limitsIn(folder, read))
  const quota = Math.min(cores, ...limits.map((limit) => limit.cores))
  return {
    cores: Math.max(1, Math.floor(quota)),
    memoryBytes: Math.min(memoryBytes, ...limits.map((limit) => limit.memoryBytes)),
  }
}

interface CgroupFolder {
  readonly version: 1 | 2
  readonly path: string
}

/** Where limits may stand: the root that a container sees, and the own group below it, as `/proc/self/cgroup` names it. */
function cgroupFolders(read: ReadText): CgroupFolder[] {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'))
  const unified =
    groups
      .find(([, controllers]) => controllers === '')
      ?.slice(2)
      .join(':') ?? '/'
  const v1 = ['cpu', 'memory'].map((controller) => {
    const own = groups.find(([, controllers]) => controllers?.split(',').includes(controller))
    return { controller, path: own?.slice(2).join(':') ?? '/' }
  })
  return [
    ...pathsDown(unified).map((path) => ({ version: 2 as const, path: `/sys/fs/cgroup${path}` })),
    ...v1.flatMap(({ controller, path }) =>
      pathsDown(path).map((below) => ({ version: 1 as const, path: `/sys/fs/cgroup/${controller}${below}` })),
    ),
  ]
}

/** `/a/b` is limited by `` (the root), `/a` and `/a/b`. */
function pathsDown(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  return ['', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)]
}

interface Limits {
  readonly cores: number
  readonly memoryBytes: number
}

function limitsIn({ version, path }: CgroupFolder, read: ReadText): Limits {
  if (version === 2) {
    const [quota, period] = (read(`${path}/cpu.max`) ?? '').split(' ').map(positive)
    return { cores: ratio(quota, period), memoryBytes: positive(read(`${path}/memory.max`)) }
  }
  const quota = positive(read(`${path}/cpu.cfs_quota_us`))
  const period = positive(read(`${path}/cpu.cfs_period_us`))
  return { cores: ratio(quota, period), memoryBytes: positive(read(`${path}/memory.limit_in_bytes`)) }
}

function ratio(quota = Number.POSITIVE_INFINITY, period = Number.POSITIVE_INFINITY): number {
  return Number.isFinite(quota) && Number.isFinite(period) ? quota / period : Number.POSITIVE_INFINITY
}

/** `max`, -1 and a missing file all mean: no limit. */
function positive(text: string | undefined): number {
  const value = Number.parseInt(text ?? '', 10)
  return value > 0 ? value : Number.POSITIVE_INFINITY
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
