/** ownDebug: this process as the one that is asked. What answers is loaded by the first question. */
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import type { DebugSource } from './debug-question.ts'

export function ownDebug(readMetrics: () => MetricsSnapshot): DebugSource {
  return {
    pids: () => [process.pid],
    async ask(_pid, question, signal) {
      const { answerDebug } = await import('./answer-debug.ts')
      return answerDebug(question, { readMetrics }, signal)
    },
  }
}
