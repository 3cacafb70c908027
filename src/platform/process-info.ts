/** ProcessInfo: what this process has used so far. */

export interface ProcessInfo {
  readonly pid: number
  /** When the process began, in milliseconds since the Unix epoch. */
  readonly startTimeMs: number
  /** CPU time of all threads, user and system, in seconds. */
  cpuSeconds(): number
  /** Physical memory held, shared pages included. */
  residentBytes(): number
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
  residentBytes: () => process.memoryUsage.rss(),
  heap() {
    const { heapUsed, heapTotal } = process.memoryUsage()
    // Bun leaves large objects out of its total.
    return { usedBytes: heapUsed, totalBytes: Math.max(heapUsed, heapTotal) }
  },
}
