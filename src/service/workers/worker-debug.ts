/** WorkerDebug: the workers as those whom the admin port asks about themselves. */
import type { DebugOutcome, DebugQuestion, DebugSource } from '../debug/debug-question.ts'
import type { Worker } from './worker.ts'

/** Beside the time that the question itself names: a large heap takes its time to be written, a profile to be sent. */
const marginMs = 60_000

export class WorkerDebug implements DebugSource {
  readonly #workers: () => readonly Worker[]

  constructor(workers: () => readonly Worker[]) {
    this.#workers = workers
  }

  pids(): readonly number[] {
    return this.#workers().flatMap(({ pid, state }) => (pid === undefined || state !== 'ready' ? [] : [pid]))
  }

  async ask(pid: number, question: DebugQuestion, signal: AbortSignal): Promise<DebugOutcome> {
    const worker = this.#workers().find((each) => each.pid === pid)
    if (worker === undefined) return gone(pid)
    const limitMs = ('seconds' in question ? question.seconds * 1_000 : 0) + marginMs
    const endEarly = (): void => void worker.ask({ kind: 'end-debug' }, marginMs).catch(() => {})
    signal.addEventListener('abort', endEarly, { once: true })
    try {
      return (await worker.ask({ kind: 'debug', question }, limitMs)) as DebugOutcome
    } catch (error) {
      return { kind: 'problem', code: 'WORKER_FAILED', message: String(error), status: 503 }
    } finally {
      signal.removeEventListener('abort', endEarly)
    }
  }
}

function gone(pid: number): DebugOutcome {
  return { kind: 'problem', code: 'WORKER_FAILED', message: `There is no worker ${pid} any more.`, status: 503 }
}
