/**
 * WorkerSet: keeps a number of worker processes alive and names one of them the leader.
 *
 *   start ─▶ all ready ─▶ leader named ─▶ (one dies) ─▶ another leads ─▶ back-off ─▶ started again
 *   reload ─▶ for each: its successor is ready ─▶ it drains ─▶ the next one
 *   drain  ─▶ all at once; who is not gone in time is killed
 *
 * A new leader is named only when the old one is gone, so that never two of them lead.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { ShutdownPlan } from '../shutdown-plan.ts'
import { healthyAfterMs, restartDelayMs } from './restart-delay.ts'
import { describeExit, Worker } from './worker.ts'
import type { WorkerQuestion } from './worker-message.ts'
import type { LaunchWorker, WorkerExit } from './worker-process.ts'

export interface WorkerSetOptions {
  readonly count: number
  readonly launch: LaunchWorker
  readonly clock: Clock
  readonly log: Logger
  /** Told when a worker is launched: what it is asked now it hears before it serves. */
  onLaunch?(worker: Worker): void
  /** Told when a worker is gone, after which nothing comes from it any more. */
  onExit?(worker: Worker): void
}

/** How often a worker is asked whether it still turns its event loop, and for how long an answer is awaited. */
const heartbeatMs = 5_000
const answerMs = 10_000
/** One silence may be a machine that slept; the second one is a worker that computes without end. */
const maxSilences = 2

/** What one worker answered, or why it did not. */
export type WorkerAnswer =
  | { readonly worker: Worker; readonly value: unknown }
  | { readonly worker: Worker; readonly error: Error }

export class WorkerSet {
  readonly #options: WorkerSetOptions
  /** By place; a successor that is not ready yet stands beside the worker it replaces. */
  readonly #workers = new Set<Worker>()
  readonly #deathsInARow = new Map<number, number>()
  #leader: Worker | undefined
  #isStarted = false
  #isStopping = false

  constructor(options: WorkerSetOptions) {
    this.#options = options
  }

  get workers(): readonly Worker[] {
    return [...this.#workers].sort((a, b) => a.id - b.id)
  }

  get leader(): Worker | undefined {
    return this.#leader
  }

  /** @throws ServiceError `WORKER_FAILED` if one ends before it serves; the others are killed. */
  async start(): Promise<void> {
    const ids = Array.from({ length: this.#options.count }, (_, index) => index + 1)
    try {
      await Promise.all(ids.map((id) => this.#launch(id).ready))
    } catch (error) {
      await this.kill()
      throw error
    }
    this.#isStarted = true
    this.#nameLeader()
  }

  /** Asks every worker that is alive; never rejects. */
  ask(question: WorkerQuestion, limitMs: number): Promise<readonly WorkerAnswer[]> {
    return Promise.all(
      this.workers.map((worker) =>
        worker.ask(question, limitMs).then(
          (value) => ({ worker, value }),
          (error: Error) => ({ worker, error }),
        ),
      ),
    )
  }

  /**
   * Replaces every worker, one after the other. Only for workers that share one accept queue: with a queue of its own, a
   * worker that leaves takes the connections waiting there with it.
   *
   * @throws ServiceError `WORKER_FAILED` if a successor ends before it serves; the rest stays as it is.
   */
  async reload(plan: ShutdownPlan): Promise<void> {
    for (const worker of this.workers.filter(({ state }) => state === 'ready')) {
      if (this.#isStopping) return
      await this.#launch(worker.id).ready
      await worker.drain(plan)
    }
  }

  /** Ends all of them, and resolves with how they ended. Nothing is started again. */
  drain(plan: ShutdownPlan): Promise<readonly WorkerExit[]> {
    this.#isStopping = true
    return Promise.all(this.workers.map((worker) => worker.drain(plan)))
  }

  /** Ends all of them at once. */
  async kill(): Promise<void> {
    this.#isStopping = true
    const workers = [...this.#workers]
    for (const worker of workers) worker.kill()
    await Promise.all(workers.map(({ exited }) => exited))
  }

  #launch(id: number): Worker {
    const worker = new Worker(id, this.#options.launch, this.#options.clock)
    this.#workers.add(worker)
    void worker.ready.then(
      () => this.#onReady(worker),
      () => {},
    )
    void worker.exited.then((exit) => this.#onExit(worker, exit))
    this.#options.onLaunch?.(worker)
    return worker
  }

  async #onReady(worker: Worker): Promise<void> {
    this.#nameLeader()
    for (let silences = 0; worker.state === 'ready'; ) {
      await this.#options.clock.sleep(heartbeatMs)
      if (worker.state !== 'ready') return
      silences = (await isAlive(worker)) ? 0 : silences + 1
      if (silences < maxSilences || worker.state !== 'ready') continue
      this.#options.log.error('worker hangs and is killed', { worker: worker.id, silent_ms: silences * answerMs })
      worker.kill()
    }
  }

  #onExit(worker: Worker, exit: WorkerExit): void {
    this.#workers.delete(worker)
    this.#options.onExit?.(worker)
    if (this.#leader === worker) this.#leader = undefined
    this.#nameLeader()
    const hasSuccessor = [...this.#workers].some(({ id }) => id === worker.id)
    if (this.#isStarted && !this.#isStopping && !hasSuccessor) this.#restart(worker, exit)
  }

  #restart({ id, livedMs }: Worker, exit: WorkerExit): void {
    const deaths = livedMs >= healthyAfterMs ? 1 : (this.#deathsInARow.get(id) ?? 0) + 1
    const delayMs = restartDelayMs(deaths)
    this.#deathsInARow.set(id, deaths)
    this.#options.log.error('worker died', { worker: id, exit: describeExit(exit), restart_in_ms: delayMs })
    this.#options.clock.schedule(delayMs, () => {
      if (!this.#isStopping) this.#launch(id)
    })
  }

  #nameLeader(): void {
    if (this.#leader !== undefined || !this.#isStarted || this.#isStopping) return
    this.#leader = this.workers.find(({ state }) => state === 'ready')
    this.#leader?.lead()
  }
}

async function isAlive(worker: Worker): Promise<boolean> {
  try {
    await worker.ask({ kind: 'alive' }, answerMs)
    return true
  } catch {
    return false
  }
}
