/**
 * What processes use: CPU time and memory of one and of everything that it has started.
 *
 *   Linux   /proc/PID/stat, statm, task/PID/children      elsewhere   one `ps` for all
 */
import { readFile } from 'node:fs/promises'

export interface ProcessUsage {
  /** Since the processes began, in milliseconds; of those that are alive. */
  readonly cpuMs: number
  /** Resident memory. What processes share counts for each. */
  readonly memoryBytes: number
  readonly processes: number
}

/** Undefined if there is no such process, or it cannot be looked at. */
export async function processUsage(pid: number): Promise<ProcessUsage | undefined> {
  return process.platform === 'linux' ? linuxUsage(pid) : psUsage(pid)
}

/** Of `/proc`: what the kernel tells programs is always in these (USER_HZ), whatever its own timer does. */
const tickMs = 10
const pageBytes = 4_096
const maxProcesses = 256

async function linuxUsage(pid: number): Promise<ProcessUsage | undefined> {
  let cpuMs = 0
  let memoryBytes = 0
  let processes = 0
  const queue = [pid]
  for (let at = 0; at < queue.length && at < maxProcesses; at++) {
    const [stat, memory, children] = await Promise.all(
      ['stat', 'statm', `task/${queue[at]}/children`].map((file) => textOf(`/proc/${queue[at]}/${file}`)),
    )
    if (stat === undefined || memory === undefined) continue
    // The name in brackets may hold anything; the fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    cpuMs += (Number(fields[11]) + Number(fields[12])) * tickMs
    memoryBytes += Number(memory.split(' ')[1]) * pageBytes
    processes++
    queue.push(...(children ?? '').split(' ').filter(Boolean).map(Number))
  }
  return processes === 0 ? undefined : { cpuMs, memoryBytes, processes }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined // It has ended meanwhile.
  }
}

async function psUsage(pid: number): Promise<ProcessUsage | undefined> {
  const { execFile } = await import('node:child_process')
  const text = await new Promise<string>((resolve) => {
    execFile('ps', ['-axo', 'pid=,ppid=,rss=,time='], (error, stdout) => resolve(error === null ? stdout : ''))
  })
  return usageInTable(text, pid)
}

/** Reads the lines of `ps`: process, parent, resident kilobytes, CPU time as `[hours:]minutes:seconds`. */
export function usageInTable(table: string, pid: number): ProcessUsage | undefined {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/))
  const family = new Set([pid])
  let cpuMs = 0
  let memoryBytes = 0
  let processes = 0
  // Children may stand before their parents: once more for as long as one is found.
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const [child, parent] of rows) if (family.has(Number(parent))) family.add(Number(child))
  }
  for (const [own, , kilobytes, time = ''] of rows) {
    if (!family.has(Number(own)) || own === '') continue
    cpuMs += time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000
    memoryBytes += Number(kilobytes) * 1_024
    processes++
  }
  return processes === 0 ? undefined : { cpuMs, memoryBytes, processes }
}
