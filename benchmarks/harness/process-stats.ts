/** What Linux tells about a process and its children: CPU time from `/proc/<pid>/stat`, memory from `smaps_rollup`. */
import { readdirSync, readFileSync } from 'node:fs'

/** A tick of `utime` and `stime`; 100 a second on every Linux that Node.js runs on (`getconf CLK_TCK`). */
const tickMs = 10

export interface ProcessStat {
  readonly parent: number
  /** User and system time of the process and of its children that ended and were waited for. */
  readonly cpuMs: number
}

export interface Memory {
  /** Resident: with the pages of the runtime's file, which processes of one runtime share. */
  readonly rssKb: number
  /** Written to by this process alone (`Private_Dirty`): what nobody shares and the kernel cannot drop. */
  readonly privateKb: number
}

/** Reads `proc_pid_stat(5)`. The name in brackets may itself hold spaces and brackets: fields count from the last one. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number)
  return { parent: Number(fields[1]), cpuMs: (user + system + childUser + childSystem) * tickMs }
}

/** Reads `/proc/<pid>/smaps_rollup`. */
export function parseSmaps(text: string): Memory {
  const kb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)
  return { rssKb: kb('Rss'), privateKb: kb('Private_Dirty') }
}

/** The process and all that descend from it. */
export function processTree(root: number): number[] {
  const children = Map.groupBy(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
    (pid) => statOf(pid)?.parent,
  )
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** CPU time of a tree since it began, in ms. */
export function cpuMsOf(root: number): number {
  return processTree(root).reduce((sum, pid) => sum + (statOf(pid)?.cpuMs ?? 0), 0)
}

export function memoryOf(root: number): Memory {
  const parts = processTree(root).map((pid) => parseSmaps(readProc(pid, 'smaps_rollup') ?? ''))
  return {
    rssKb: parts.reduce((sum, part) => sum + part.rssKb, 0),
    privateKb: parts.reduce((sum, part) => sum + part.privateKb, 0),
  }
}

export function isAlive(pid: number): boolean {
  // A zombie has ended; it only waits to be collected.
  const text = readProc(pid, 'stat')
  return text !== undefined && text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3) !== 'Z'
}

function statOf(pid: number): ProcessStat | undefined {
  const text = readProc(pid, 'stat')
  return text === undefined ? undefined : parseStat(text)
}

/** Undefined when the process has ended meanwhile. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}
