/** ProcessInfo: what this process has used so far. */

export interface ProcessInfo {
  readonly pid: number
  /** When the process began, in milliseconds since the Unix epoch. */
  readonly startTimeMs: number
  /** CPU time of all threads, user and system, in seconds. */
  cpuSeconds(): number
  /** The same of user and of system code apart. */
  cpuParts(): { readonly user: number; readonly system: number }
  /** Physical memory held, shared pages included. */
  residentBytes(): number
  /** Memory outside of the heap that objects of it hold, such as buffers. */
  externalBytes(): number
  /** The JavaScript heap. On Bun `usedBytes` is as of the last collection, and `totalBytes` may be no more than that. */
  heap(): HeapSize
}

export interface HeapSize {
  readonly usedBytes: number
  readonly totalBytes: number
}

export const processInfo: ProcessInfo = {
  pid: process.pid,
  startTimeMs: Date.now() - process.uptime() * 1_000,
  cpuSeconds() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  cpuParts() {
    const { user, system } = process.cpuUsage()
    return { user: user / 1e6, system: system / 1e6 }
  },
  externalBytes: () => process.memoryUsage().external,
  residentBytes: () => process.memoryUsage.rss(),
  heap() {
    const { heapUsed, heapTotal } = process.memoryUsage()
    // Bun leaves large objects out of its total.
    return { usedBytes: heapUsed, totalBytes: Math.max(heapUsed, heapTotal) }
  },
}
