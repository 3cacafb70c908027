/**
 * Profile: where the CPU time of this process goes, while it serves.
 *
 *   recordCpuProfile({ seconds }) ─▶ CpuRecording ─▶ pprof() │ cpuprofile()
 */
export type { CallFrame, CpuProfile, CpuProfileNode } from '../platform/cpu-profiler.ts'
export { CpuRecording, type CpuRecordingOptions, maxProfileSeconds, recordCpuProfile } from './cpu-recording.ts'
