/**
 * WorkerMetrics: what several workers measured, as if one process had. What a worker counted stays counted when it is
 * gone, as far as it was read: a sum that falls would look like a restart with all of its counts happening anew.
 */
import { cumulativeSnapshot, mergeSnapshots } from '../../telemetry/merge-snapshots.ts'
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import type { Worker } from './worker.ts'
import type { WorkerAnswer } from './worker-set.ts'

export class WorkerMetrics {
  readonly #latest = new Map<Worker, MetricsSnapshot>()
  #retired: MetricsSnapshot = []

  /** A worker that does not answer in time counts with what it said last. */
  merge(answers: readonly WorkerAnswer[]): MetricsSnapshot {
    for (const answer of answers) {
      if ('value' in answer && answer.worker.state !== 'ended') {
        this.#latest.set(answer.worker, answer.value as MetricsSnapshot)
      }
    }
    return mergeSnapshots([this.#retired, ...this.#latest.values()])
  }

  retire(worker: Worker): void {
    const last = this.#latest.get(worker)
    if (last === undefined) return
    this.#latest.delete(worker)
    this.#retired = mergeSnapshots([this.#retired, cumulativeSnapshot(last)])
  }
}
