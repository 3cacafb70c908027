/**
 * Profile: what goes on inside of this process, while it serves.
 *
 *   recordCpuProfile({ seconds })  ─▶ CpuRecording ─▶ pprof() │ cpuprofile()            where the CPU time goes
 *   recordAllocations({ seconds }) ─▶ AllocationRecording ─▶ pprof() │ heapprofile()    who allocates (Node.js)
 *   recordStalls({ seconds })      ─▶ StallReport                                       what keeps the event loop
 *   recordHeapSnapshot(path)       ─▶ a .heapsnapshot                                   what is held
 *   heldResources()                ─▶ HeldResources                                     handles, sockets, files
 */
export type { CallFrame, CpuProfile, CpuProfileNode } from '../platform/cpu-profiler.ts'
export type { AllocationNode, AllocationProfile } from '../platform/heap-profiler.ts'
export { AllocationRecording, type AllocationRecordingOptions, recordAllocations } from './allocation-recording.ts'
export { CpuRecording, recordCpuProfile } from './cpu-recording.ts'
export { recordHeapSnapshot } from './heap-snapshot.ts'
export { type HeldDescriptors, type HeldResources, heldResources } from './held-resources.ts'
export { maxProfileSeconds, type RecordingOptions } from './recording-time.ts'
export { recordStalls, type Stall, type StallOptions, type StallReport, type StallStack } from './stall-recording.ts'
