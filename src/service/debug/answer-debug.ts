/** answerDebug: what this process says about itself. Profilers are loaded by the first question for one. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import type { DebugOutcome, DebugQuestion } from './debug-question.ts'

export interface DebugProcess {
  readonly readMetrics: () => MetricsSnapshot
}

/** It never rejects: what goes wrong is an answer that can be sent to another process. */
export async function answerDebug(
  question: DebugQuestion,
  { readMetrics }: DebugProcess,
  signal: AbortSignal,
): Promise<DebugOutcome> {
  try {
    return { kind: 'value', value: await valueFor(question, readMetrics, signal) }
  } catch (error) {
    if (error instanceof ServiceError) {
      const { code, message, status } = error
      return { kind: 'problem', code, message, status }
    }
    return { kind: 'problem', code: 'PROFILE_FAILED', message: `The runtime refused: ${error}.`, status: 500 }
  }
}

async function valueFor(
  question: DebugQuestion,
  readMetrics: () => MetricsSnapshot,
  signal: AbortSignal,
): Promise<unknown> {
  switch (question.kind) {
    case 'cpu': {
      const { recordCpuProfile } = await import('../../profile/cpu-recording.ts')
      return (await recordCpuProfile({ seconds: question.seconds, signal })).profile
    }
    case 'allocations': {
      const { recordAllocations } = await import('../../profile/allocation-recording.ts')
      const withCollected = question.detail === 1
      return (await recordAllocations({ seconds: question.seconds, signal, withCollected })).profile
    }
    case 'stalls': {
      const { recordStalls } = await import('../../profile/stall-recording.ts')
      const { seconds, detail: thresholdMs = 50 } = question
      return recordStalls({ seconds, thresholdMs, signal })
    }
    case 'held': {
      const { heldResources } = await import('../../profile/held-resources.ts')
      return heldResources()
    }
    case 'runtime': {
      const { runtimeReading } = await import('../../profile/runtime-reading.ts')
      return runtimeReading(readMetrics(), performance.now())
    }
    case 'snapshot': {
      const { recordHeapSnapshot } = await import('../../profile/heap-snapshot.ts')
      return recordHeapSnapshot(question.path)
    }
  }
}
