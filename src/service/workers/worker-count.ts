/** How many processes fit the container: what GOMAXPROCS is to Go, for the memory limit as well. */
import type { Machine } from '../../platform/machine.ts'

const mebibyte = 2 ** 20
/** A small service with some work in its heap. With less, the limit would kill it under the first load. */
const workerMb = 128
/** The one that starts the others and answers on the admin port. */
const supervisorMb = 64

/** A process for each core of the CPU quota, fewer where the memory limit does not hold them; at least 1. */
export function workerCount({ cores, memoryBytes }: Machine): number {
  const fitting = Math.floor((memoryBytes / mebibyte - supervisorMb) / workerMb)
  return Math.max(1, Math.min(cores, fitting))
}
