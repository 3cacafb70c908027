/** How many threads fit the container, and how much each may hold: what GOMAXPROCS and GOMEMLIMIT are to Go. */
import type { Machine } from '../platform/machine.ts'

const mebibyte = 2 ** 20
/** A thread has a heap of its own; with less than this it would not do much more than start. */
const smallestThreadMb = 64

/** A thread for each core of the CPU quota, fewer where the memory limit does not hold their heaps; at least 1. */
export function threadCount({ cores, memoryBytes }: Machine): number {
  const heaps = Math.floor(memoryBytes / mebibyte / smallestThreadMb) - 1
  return Math.max(1, Math.min(cores, heaps))
}

/** Heap of one thread in MiB: three quarters of the limit in equal parts, one of them for the main thread. */
export function threadHeapMb({ memoryBytes }: Pick<Machine, 'memoryBytes'>, threads: number): number {
  return Math.max(smallestThreadMb, Math.floor((memoryBytes * 0.75) / mebibyte / (threads + 1)))
}
