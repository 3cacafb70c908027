/**
 * Workers: threads for functions that need CPU, so that the event loop stays free.
 *
 *   run ─▶ admitted (below maxPending) ─▶ queue ─▶ the thread with the least to do ─▶ result │ error
 *                                                     ├─ idle, and nothing is queued: steals from a thread that has more
 *                                                     └─ died: what it ran fails, the rest goes on elsewhere
 *   cancelled ─▶ leaves at once; a work that runs is told, and its thread is ended after `graceMs` if it does not listen
 *
 * The scheme is that of Go's scheduler: a common queue, a short queue at each thread, and stealing between those. Threads start
 * when they are needed, one for each core of the container.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { type Context, currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type Machine, machine } from '../platform/machine.ts'
import { WaitQueue } from './internal/wait-queue.ts'
import { WorkJob } from './internal/work-job.ts'
import { type LaneEvents, WorkLane } from './internal/work-lane.ts'
import { forgetPending, notePending } from './pending-watch.ts'
import { Semaphore } from './semaphore.ts'
import { threadCount, threadHeapMb } from './thread-count.ts'
import type { Transferable } from './transfer.ts'
import type { Work } from './work.ts'

export interface WorkersOptions {
  /** Most threads. Default: as many as the CPU quota and the memory limit of the container allow. */
  threads?: number
  /** Calls that are queued or running; further ones wait or are refused. Default 1,000. */
  maxPending?: number
  /** What `run` does beyond `maxPending`. Default `wait`. */
  whenFull?: 'wait' | 'reject'
  /** How long a cancelled work may go on before its thread is ended, in milliseconds. Default 1,000. */
  graceMs?: number
  /** Heap of one thread in MiB, on Node.js. Default: its part of the memory limit. */
  maxHeapMb?: number
  /** Shown by debuggers. Default `worker`. */
  name?: string
  clock?: Clock
}

export interface RunOptions {
  /** Buffers that change hands instead of being copied. Such a call cannot be stolen, nor repeated when its thread dies. */
  transfer?: readonly Transferable[]
  /** Default: the current context. */
  context?: Context | undefined
}

export class Workers implements AsyncDisposable {
  /** Most threads. */
  readonly threads: number
  readonly #admission: Semaphore
  readonly #whenFull: 'wait' | 'reject'
  readonly #graceMs: number
  readonly #maxHeapMb: number
  readonly #name: string
  readonly #clock: Clock
  readonly #queue = new WaitQueue<WorkJob>()
  readonly #pending = new Set<WorkJob>()
  readonly #lanes = new Set<WorkLane>()
  readonly #events: LaneEvents
  #willDispatch = false
  #isClosed = false
  #drained: PromiseWithResolvers<void> | undefined
  #started = 0

  constructor({
    threads,
    maxPending = 1_000,
    whenFull = 'wait',
    graceMs = 1_000,
    maxHeapMb,
    name = 'worker',
    clock = systemClock,
  }: WorkersOptions = {}) {
    const here: Machine = machine()
    this.threads = threads ?? threadCount(here)
    this.#admission = new Semaphore(maxPending)
    this.#whenFull = whenFull
    this.#graceMs = graceMs
    this.#maxHeapMb = maxHeapMb ?? threadHeapMb(here, this.threads)
    this.#name = name
    this.#clock = clock
    notePending(this, 'Workers')
    this.#events = {
      progress: (lane) => this.#progress(lane),
      ended: (lane, orphans) => this.#laneEnded(lane, orphans),
    }
  }

  /** Calls that are queued or running. */
  get pending(): number {
    return this.#pending.size
  }

  /** Threads that are there now. */
  get running(): number {
    return this.#lanes.size
  }

  /** Threads started so far, those included that replaced one that died. */
  get started(): number {
    return this.#started
  }

  /**
   * Runs the work on a thread with a copy of `input`, and brings back a copy of what it returns.
   *
   * @throws ServiceError as the work threw it; WORK_FAILED for any other error of the work, which is its cause.
   * @throws ServiceError WORK_CRASHED, WORK_NOT_CLONEABLE, WORK_NOT_FOUND; WORKERS_BUSY with `whenFull: 'reject'`; WORKERS_CLOSED.
   * @throws ServiceError why the context was cancelled, at once.
   */
  run<Input, Output>(
    work: Work<Input, Output>,
    input: Input,
    { transfer = [], context = currentContext() }: RunOptions = {},
  ): Promise<Output> {
    const reason = this.#isClosed ? closed() : context?.cancelled
    if (reason !== undefined) return Promise.reject(reason)
    const deadlineMs = this.#clock.monotonic() + (context?.remainingMs() ?? Number.POSITIVE_INFINITY)
    const job = new WorkJob(work, input, { transfers: transfer, deadlineMs })
    if (this.#admission.tryAcquire()) this.#enter(job, context)
    else if (this.#whenFull === 'reject') return Promise.reject(busy(this.#admission.permits))
    else void this.#enterLater(job, context)
    return job.promise as Promise<Output>
  }

  /** Nothing new is taken; resolves when what is pending has ended and the threads are over. Cancelling `context` ends them at once. */
  async close(context: Context | undefined = currentContext()): Promise<void> {
    this.#isClosed = true
    if (this.#pending.size > 0) {
      this.#drained ??= Promise.withResolvers()
      const unwatch = context?.onCancel(() => void this.terminate())
      await this.#drained.promise
      unwatch?.()
    }
    await this.terminate()
  }

  /** Ends all threads in the middle of what they do; what is pending fails with WORKERS_CLOSED. */
  async terminate(): Promise<void> {
    this.#isClosed = true
    forgetPending(this)
    for (const job of this.#pending) job.fail(closed())
    const lanes = [...this.#lanes]
    await Promise.all(lanes.map((lane) => lane.terminate()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #enter(job: WorkJob, context: Context | undefined): void {
    this.#pending.add(job)
    notePending(job.promise, 'Workers.run')
    const unwatch = context?.onCancel((reason) => this.#cancel(job, reason))
    job.onSettled = () => {
      unwatch?.()
      this.#forget(job)
    }
    this.#queue.push(job)
    this.#dispatchSoon()
  }

  async #enterLater(job: WorkJob, context: Context | undefined): Promise<void> {
    try {
      await this.#admission.acquire(1, context)
    } catch (reason) {
      job.fail(reason as ServiceError)
      return
    }
    const reason = this.#isClosed ? closed() : context?.cancelled
    if (reason === undefined) {
      this.#enter(job, context)
      return
    }
    this.#admission.release()
    job.fail(reason)
  }

  #forget(job: WorkJob): void {
    this.#queue.remove(job)
    this.#pending.delete(job)
    forgetPending(job.promise)
    this.#admission.release()
    if (this.#pending.size === 0) this.#drained?.resolve()
  }

  /** After the calls that come in this turn, so that they travel together. */
  #dispatchSoon(): void {
    if (this.#willDispatch) return
    this.#willDispatch = true
    queueMicrotask(() => {
      this.#willDispatch = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    this.#startLanes()
    const batches = new Map<WorkLane, WorkJob[]>()
    for (let lane = this.#leastLoaded(batches); lane !== undefined; lane = this.#leastLoaded(batches)) {
      const job = this.#queue.shift()
      if (job === undefined) break
      const batch = batches.get(lane)
      if (batch === undefined) batches.set(lane, [job])
      else batch.push(job)
    }
    for (const [lane, jobs] of batches) lane.post(jobs)
  }

  /** One for each job that no idle thread could take, up to the limit. */
  #startLanes(): void {
    let idle = 0
    for (const lane of this.#lanes) if (lane.load === 0) idle++
    const first = this.#queue.first
    if (first === undefined) return
    for (; idle < this.#queue.length && this.#lanes.size < this.threads; idle++) {
      const module = new URL(first.module)
      const name = `${this.#name} ${++this.#started}`
      const monotonic = (): number => this.#clock.monotonic()
      this.#lanes.add(new WorkLane({ module, name, maxHeapMb: this.#maxHeapMb, monotonic }, this.#events))
    }
  }

  /** Undefined when each thread has its batch. */
  #leastLoaded(batches: ReadonlyMap<WorkLane, readonly WorkJob[]>): WorkLane | undefined {
    let least: WorkLane | undefined
    let leastLoad = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      const load = lane.load + (batches.get(lane)?.length ?? 0)
      if (load >= lane.batch || load >= leastLoad) continue
      least = lane
      leastLoad = load
    }
    return least
  }

  #progress(lane: WorkLane): void {
    if (this.#queue.length > 0) this.#dispatch()
    if (lane.load === 0) this.#steal(lane)
  }

  /** From the thread with the most. */
  #steal(thief: WorkLane): void {
    let richest: WorkLane | undefined
    for (const lane of this.#lanes) if (lane.load > (richest?.load ?? 1)) richest = lane
    const stolen = richest?.steal() ?? []
    if (stolen.length > 0) thief.post(stolen)
  }

  #cancel(job: WorkJob, reason: ServiceError): void {
    const lane = this.#lanes.values().find((candidate) => candidate.has(job))
    const isRunning = lane?.cancel(job) ?? false
    job.fail(reason)
    if (isRunning && lane !== undefined) this.#endAfterGrace(lane, job)
  }

  #endAfterGrace(lane: WorkLane, job: WorkJob): CancelTimer {
    return this.#clock.schedule(this.#graceMs, () => {
      if (lane.has(job)) void lane.terminate()
    })
  }

  #laneEnded(lane: WorkLane, orphans: readonly WorkJob[]): void {
    this.#lanes.delete(lane)
    for (const job of orphans) this.#queue.push(job)
    if (this.#queue.length > 0) this.#dispatch()
  }
}

function busy(maxPending: number): ServiceError {
  return new ServiceError('WORKERS_BUSY', `${maxPending} calls are pending already. Try again later.`, { status: 503 })
}

function closed(): ServiceError {
  return new ServiceError('WORKERS_CLOSED', 'The workers are closed and take no more calls.', {
    status: 503,
    retryable: false,
  })
}
