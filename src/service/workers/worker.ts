/**
 * Worker: one worker process, from its launch to its end.
 *
 *   starting ─ready─▶ ready ─drain()─▶ draining
 *       └────────exit────┴────────────────┴──▶ ended
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ShutdownPlan } from '../shutdown-plan.ts'
import type { FromWorker, ToWorker, WorkerQuestion } from './worker-message.ts'
import type { LaunchWorker, WorkerExit, WorkerProcess } from './worker-process.ts'

export type WorkerState = 'starting' | 'ready' | 'draining' | 'ended'

/** It ends itself in time, unless it hangs so badly that it cannot. */
const killMarginMs = 200

interface PendingAnswer {
  resolve(value: unknown): void
  reject(error: Error): void
}

export class Worker {
  /** Its place in the set; the one that follows it there has the same. */
  readonly id: number
  readonly #clock: Clock
  readonly #startedMs: number
  readonly #launched: Promise<WorkerProcess>
  readonly #ready = Promise.withResolvers<void>()
  readonly #exited = Promise.withResolvers<WorkerExit>()
  readonly #pending = new Map<number, PendingAnswer>()
  #state: WorkerState = 'starting'
  #url = ''
  #questions = 0
  #pid: number | undefined

  constructor(id: number, launch: LaunchWorker, clock: Clock) {
    this.id = id
    this.#clock = clock
    this.#startedMs = clock.monotonic()
    // Who waits for it hears of a failure; nobody has to.
    this.ready.catch(() => {})
    this.#launched = launch(id, {
      message: (message) => this.#take(message),
      exit: (exit) => this.#end(exit, workerFailed(id, exit)),
    })
    this.#launched.then(
      ({ pid }) => {
        this.#pid = pid
      },
      (error: Error) => this.#end({ code: undefined, signal: undefined }, error),
    )
  }

  /** Resolves when it serves. @throws ServiceError `WORKER_FAILED` if it ends before that. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get exited(): Promise<WorkerExit> {
    return this.#exited.promise
  }

  get state(): WorkerState {
    return this.#state
  }

  /** Where it serves; empty until it is ready. */
  get url(): string {
    return this.#url
  }

  /** Undefined until it is launched. */
  get pid(): number | undefined {
    return this.#pid
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
    this.#send({ kind: 'ask', id, question })
    return promise.finally(() => {
      cancelTimer()
      this.#pending.delete(id)
    })
  }

  lead(): void {
    this.#send({ kind: 'lead' })
  }

  /** Asks it to end, and kills it if it has not by then. Resolves when it is gone. */
  async drain(plan: ShutdownPlan): Promise<WorkerExit> {
    if (this.#state !== 'ended') this.#state = 'draining'
    this.#send({ kind: 'drain', plan })
    const cancelTimer = this.#clock.schedule(plan.exitMs + killMarginMs, () => this.kill())
    const exit = await this.exited
    cancelTimer()
    return exit
  }

  kill(): void {
    void this.#launched.then(
      (launched) => launched.kill(),
      () => {},
    )
  }

  #send(message: ToWorker): void {
    void this.#launched.then(
      (launched) => launched.send(message),
      () => {},
    )
  }

  #take(message: FromWorker): void {
    if (message.kind === 'ready') {
      if (this.#state === 'starting') this.#state = 'ready'
      this.#url = message.url
      this.#ready.resolve()
      return
    }
    const pending = this.#pending.get(message.id)
    if (message.kind === 'answer') pending?.resolve(message.value)
    else pending?.reject(new ServiceError('WORKER_FAILED', `Worker ${this.id}: ${message.error}`, { status: 503 }))
  }

  #end(exit: WorkerExit, reason: Error): void {
    this.#state = 'ended'
    this.#ready.reject(reason)
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
    this.#exited.resolve(exit)
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

function workerSilent(id: number, { kind }: WorkerQuestion, limitMs: number): ServiceError {
  return new ServiceError('WORKER_SILENT', `Worker ${id} did not answer '${kind}' within ${limitMs} ms.`, {
    status: 503,
  })
}
