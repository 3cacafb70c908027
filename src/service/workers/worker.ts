/**
 * Worker: one worker process, from its launch to its end.
 *
 *   starting ─ready─▶ ready ─drain()─▶ draining
 *       └────────exit────┴────────────────┴──▶ ended
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { FromWorker, WorkerQuestion } from './worker-message.ts'
import type { LaunchWorker, WorkerExit, WorkerProcess } from './worker-process.ts'

export type WorkerState = 'starting' | 'ready' | 'draining' | 'ended'

interface PendingAnswer {
  resolve(value: unknown): void
  reject(error: Error): void
}

export class Worker {
  /** Its place in the set; the one that follows it there has the same. */
  readonly id: number
  /** Resolves when it serves. @throws ServiceError `WORKER_FAILED` if it ends before that. */
  readonly ready: Promise<void>
  readonly exited: Promise<WorkerExit>
  readonly #clock: Clock
  readonly #startedMs: number
  readonly #process: WorkerProcess
  readonly #pending = new Map<number, PendingAnswer>()
  #state: WorkerState = 'starting'
  #questions = 0

  constructor(id: number, launch: LaunchWorker, clock: Clock) {
    const ready = Promise.withResolvers<void>()
    const exited = Promise.withResolvers<WorkerExit>()
    this.id = id
    this.ready = ready.promise
    this.exited = exited.promise
    this.#clock = clock
    this.#startedMs = clock.monotonic()
    // Who waits for it hears of a failure; nobody has to.
    ready.promise.catch(() => {})
    this.#process = launch(id, {
      message: (message) => {
        if (message.kind !== 'ready') return this.#takeAnswer(message)
        if (this.#state === 'starting') this.#state = 'ready'
        ready.resolve()
      },
      exit: (exit) => {
        this.#state = 'ended'
        const failure = workerFailed(id, exit)
        ready.reject(failure)
        for (const { reject } of this.#pending.values()) reject(failure)
        this.#pending.clear()
        exited.resolve(exit)
      },
    })
  }

  get state(): WorkerState {
    return this.#state
  }

  get pid(): number {
    return this.#process.pid
  }

  get livedMs(): number {
    return this.#clock.monotonic() - this.#startedMs
  }

  /** @throws ServiceError `WORKER_SILENT` after `limitMs` without an answer, `WORKER_FAILED` if it ended or could not answer. */
  ask(question: WorkerQuestion, limitMs: number): Promise<unknown> {
    const id = this.#questions++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const cancelTimer = this.#clock.schedule(limitMs, () => reject(workerSilent(this.id, question, limitMs)))
    this.#pending.set(id, { resolve, reject })
    this.#process.send({ kind: 'ask', id, question })
    return promise.finally(() => {
      cancelTimer()
      this.#pending.delete(id)
    })
  }

  lead(): void {
    this.#process.send({ kind: 'lead' })
  }

  /** Asks it to end, and kills it if it has not after `graceMs`. Resolves when it is gone. */
  async drain(graceMs: number): Promise<WorkerExit> {
    if (this.#state !== 'ended') this.#state = 'draining'
    this.#process.send({ kind: 'drain', graceMs })
    const cancelTimer = this.#clock.schedule(graceMs, () => this.kill())
    const exit = await this.exited
    cancelTimer()
    return exit
  }

  kill(): void {
    this.#process.kill()
  }

  #takeAnswer(message: Exclude<FromWorker, { kind: 'ready' }>): void {
    const pending = this.#pending.get(message.id)
    if (message.kind === 'answer') pending?.resolve(message.value)
    else pending?.reject(new ServiceError('WORKER_FAILED', `Worker ${this.id}: ${message.error}`, { status: 503 }))
  }
}

/** `code 1`, or `SIGKILL`. */
export function describeExit({ code, signal }: WorkerExit): string {
  return signal ?? `code ${code ?? 'unknown'}`
}

function workerFailed(id: number, exit: WorkerExit): ServiceError {
  return new ServiceError('WORKER_FAILED', `Worker ${id} ended with ${describeExit(exit)}; its own log says why.`, {
    status: 503,
    details: { worker: id, ...(exit.code !== undefined && { exitCode: exit.code }) },
  })
}

function workerSilent(id: number, question: WorkerQuestion, limitMs: number): ServiceError {
  return new ServiceError('WORKER_SILENT', `Worker ${id} did not answer '${question}' within ${limitMs} ms.`, {
    status: 503,
  })
}
