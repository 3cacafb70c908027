/**
 * WorkLane: one thread and the tasks that are with it.
 *
 *   post ─▶ cells ─▶ the thread ─▶ results ─▶ cells are free again
 *                        └─ ended: what had not begun goes back to the pool, what was running fails
 *
 * A thread holds a small batch, so that it need not wait for a message between two tasks. The batch follows how long tasks
 * take: many small ones, one large one. Whatever it has not begun can be taken back for a thread that is idle.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { startThread, type Thread } from '../../platform/threads.ts'
import type { WorkJob } from './work-job.ts'
import {
  cellCancelled,
  cellPosted,
  cellRunning,
  cellTaken,
  errorFromMessage,
  errorMessageFrom,
  type TaskMessage,
  type TaskResult,
  type ThreadInput,
} from './work-messages.ts'

/** Most tasks that are with one thread. */
const largestBatch = 64
/** Tasks of this much time are given ahead: more would only make stealing necessary. */
const batchMs = 2

export interface LaneEvents {
  /** It has answered for some of its tasks. */
  progress(lane: WorkLane): void
  /** The thread is over; `orphans` had not begun. */
  ended(lane: WorkLane, orphans: WorkJob[]): void
}

export interface LaneOptions {
  module: URL
  name: string
  maxHeapMb: number | undefined
  monotonic: () => number
}

export class WorkLane {
  readonly #thread: Thread<TaskMessage[]>
  readonly #cells: Int32Array
  /** By cell; a job that was taken back stays as undefined until the thread has skipped it. */
  readonly #jobs = new Map<number, WorkJob | undefined>()
  readonly #freeCells: number[] = []
  readonly #events: LaneEvents
  readonly #monotonic: () => number
  #meanMs = batchMs / 2
  #hasAnswered = false

  constructor({ module, name, maxHeapMb, monotonic }: LaneOptions, events: LaneEvents) {
    const cells = new SharedArrayBuffer(largestBatch * Int32Array.BYTES_PER_ELEMENT)
    this.#cells = new Int32Array(cells)
    for (let cell = largestBatch - 1; cell >= 0; cell--) this.#freeCells.push(cell)
    this.#events = events
    this.#monotonic = monotonic
    this.#thread = startThread<TaskMessage[], TaskResult[]>({
      module,
      name,
      input: { kind: 'genever-workers', cells } satisfies ThreadInput,
      ...(maxHeapMb !== undefined && { maxHeapMb }),
      onMessage: (results) => this.#accept(results),
    })
    // Idle threads do not keep the process alive; see `post`.
    this.#thread.hold(false)
    void this.#thread.ended.then(({ error }) => this.#end(error))
  }

  /** Tasks that the thread has not answered for. */
  get load(): number {
    return this.#jobs.size
  }

  /** How many it should have at most, by how long they take. */
  get batch(): number {
    return Math.max(2, Math.min(largestBatch, Math.floor(batchMs / this.#meanMs)))
  }

  post(jobs: readonly WorkJob[]): void {
    if (this.#jobs.size === 0) this.#thread.hold(true)
    const tasks = jobs.map((job) => this.#taskOf(job))
    try {
      this.#thread.post(
        tasks,
        jobs.flatMap((job) => job.transfers),
      )
    } catch {
      for (const [at, job] of jobs.entries()) this.#postOne(tasks[at] as TaskMessage, job)
    }
  }

  /** Half of what has not begun, the youngest first; they are the caller's to post elsewhere. */
  steal(): WorkJob[] {
    const stolen: WorkJob[] = []
    const wanted = Math.floor(this.#jobs.size / 2)
    for (const [cell, job] of [...this.#jobs].reverse()) {
      if (stolen.length >= wanted) break
      if (job?.canMove && this.#take(cell)) stolen.push(job)
    }
    return stolen.reverse()
  }

  /** Whether the thread is in the middle of it and has now been told to stop. Else it will never begin. */
  cancel(job: WorkJob): boolean {
    for (const [cell, candidate] of this.#jobs) {
      if (candidate !== job) continue
      if (this.#take(cell)) return false
      return Atomics.compareExchange(this.#cells, cell, cellRunning, cellCancelled) === cellRunning
    }
    return false
  }

  has(job: WorkJob): boolean {
    for (const candidate of this.#jobs.values()) if (candidate === job) return true
    return false
  }

  async terminate(): Promise<void> {
    await this.#thread.terminate()
  }

  #take(cell: number): boolean {
    if (Atomics.compareExchange(this.#cells, cell, cellPosted, cellTaken) !== cellPosted) return false
    this.#jobs.set(cell, undefined)
    return true
  }

  #taskOf(job: WorkJob): TaskMessage {
    // There are as many cells as the largest batch, and the pool never posts more.
    const cell = this.#freeCells.pop() ?? 0
    Atomics.store(this.#cells, cell, cellPosted)
    this.#jobs.set(cell, job)
    const timeoutMs =
      job.deadlineMs === Number.POSITIVE_INFINITY ? undefined : Math.max(0, job.deadlineMs - this.#monotonic())
    return { cell, module: job.module, name: job.name, input: job.input, timeoutMs }
  }

  #postOne(task: TaskMessage, job: WorkJob): void {
    try {
      this.#thread.post([task], job.transfers)
    } catch (thrown) {
      this.#free(task.cell)
      job.fail(notCloneable(job.name, thrown))
    }
  }

  #accept(results: readonly TaskResult[]): void {
    this.#hasAnswered = true
    for (const result of results) {
      const job = this.#jobs.get(result.cell)
      this.#free(result.cell)
      if (result.kind === 'skipped') continue
      this.#meanMs += (result.ms - this.#meanMs) / 8
      if (result.kind === 'value') job?.succeed(result.value)
      else job?.fail(errorFromMessage(result.error, job.name))
    }
    this.#events.progress(this)
  }

  #free(cell: number): void {
    this.#jobs.delete(cell)
    this.#freeCells.push(cell)
    if (this.#jobs.size === 0) this.#thread.hold(false)
  }

  #end(error: Error | undefined): void {
    const orphans: WorkJob[] = []
    const didStart = this.#hasAnswered || this.#hasBegun()
    for (const [cell, job] of this.#jobs) {
      if (job === undefined || job.isSettled) continue
      // Where the module does not load, a second thread would do no better.
      if (didStart && job.canMove && Atomics.load(this.#cells, cell) === cellPosted) orphans.push(job)
      else job.fail(crashed(job.name, error))
    }
    this.#jobs.clear()
    this.#events.ended(this, orphans)
  }

  /** Whether the thread has come to one of its tasks. */
  #hasBegun(): boolean {
    return this.#jobs.keys().some((cell) => {
      const state = Atomics.load(this.#cells, cell)
      return state === cellRunning || state === cellCancelled
    })
  }
}

function notCloneable(name: string, cause: unknown): ServiceError {
  return new ServiceError(
    'WORK_NOT_CLONEABLE',
    `The input of the work "${name}" cannot be sent to a thread: functions, class instances with private fields and open handles cannot. Send plain values.`,
    { cause: errorMessageFrom(cause).message },
  )
}

function crashed(name: string, cause: Error | undefined): ServiceError {
  return new ServiceError(
    'WORK_CRASHED',
    `The thread ended while the work "${name}" was with it; it may have run. A new thread takes its place.`,
    { cause },
  )
}
