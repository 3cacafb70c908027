/** A snapshot of the heap, as a file that Chrome opens: all that this process holds, its secrets among it. */
import { writeHeapSnapshot } from '../platform/heap-profiler.ts'
import { RecordingSlot } from './recording-time.ts'

const slot = new RecordingSlot()

/**
 * Writes it to `path`. Nothing else runs meanwhile: it takes about a second and twice the memory for each 100 MB of heap.
 *
 * @throws ServiceError `PROFILE_BUSY` (409) while another one is written, and what the file system says.
 */
export function recordHeapSnapshot(path: string): Promise<void> {
  return slot.record({}, () => writeHeapSnapshot(path))
}
