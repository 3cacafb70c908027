/**
 * Group: tasks that begin together and end together, as `errgroup` has them. Nobody outlives the group.
 *
 *   go(fn) ──▶ below the limit? ──yes──▶ running ──▶ ended ─▶ the next in the queue
 *                   └─no─▶ queued ──────────▲
 *   the first error ─▶ the context of all is cancelled, what is queued never starts
 *   wait() ─▶ when the last task has ended: resolves, or rejects with the first error
 */
import { Context, currentContext } from '../foundation/context/context.ts'
import { ContextKey } from '../foundation/context/context-key.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { Deque } from './internal/deque.ts'
import { done, PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'
import { forgetPending, notePending } from './pending-watch.ts'
import { Task } from './task.ts'

export interface GroupOptions {
  /** Tasks that run at the same time; further ones queue. Default: no limit. */
  limit?: number
  /** What the group is part of; the default is the current context. Cancelling it cancels the group. */
  context?: Context | undefined
  /** Whether the first error cancels the other tasks. Default true. */
  cancelOnError?: boolean
}

/** What a task runs; the context is the group's, and the current one inside. */
export type TaskBody<T> = (context: Context) => T | PromiseLike<T>

export class Group {
  /** Cancelled by the first error, by `cancel()`, with the context above, and when the group has ended. */
  readonly context: Context
  #limit: number
  readonly #cancelOnError: boolean
  readonly #queue = new Deque<Task>()
  readonly #finished = new WaitQueue<PromiseWaiter<void>>('Group.wait')
  readonly #ready = new WaitQueue<PromiseWaiter<void>>('Group.ready')
  #running = 0
  #firstError: { readonly error: unknown } | undefined
  #watchesContext = false
  #isDraining = false
  #isOver = false

  /** @throws ServiceError BAD_LIMIT for a limit that is no whole number from 1. */
  constructor({
    limit = Number.POSITIVE_INFINITY,
    context = currentContext(),
    cancelOnError = true,
  }: GroupOptions = {}) {
    if (!(limit >= 1) || (Number.isFinite(limit) && !Number.isInteger(limit))) throw badLimit(limit)
    this.#limit = limit
    this.#cancelOnError = cancelOnError
    this.context = new Context({ parent: context }).set(groupKey, this)
  }

  /**
   * Runs `body` as the first task of a new group and waits for all that it started with `go`.
   *
   * @throws the first error of any task.
   */
  static async run<T>(body: (group: Group) => T | PromiseLike<T>, options?: GroupOptions): Promise<T> {
    const group = new Group(options)
    // The body stands beside the limit: it may wait for tasks that would else wait for its place.
    group.#limit++
    const first = group.go(() => Promise.try(body, group).finally(() => group.#limit--))
    await group.wait()
    return first.result
  }

  /** Tasks that have begun and not ended. */
  get running(): number {
    return this.#running
  }

  /** Tasks that wait for one below the limit to end. */
  get queued(): number {
    return this.#queue.length
  }

  /**
   * Starts `body`, up to its first `await`, before it returns; beyond the limit it is queued. What it throws is the group's to tell.
   *
   * @throws ServiceError GROUP_ENDED after `wait()` has ended.
   */
  go<T>(body: TaskBody<T>): Task<T> {
    if (this.#isOver) throw groupEnded()
    const task = new Task<T>(body)
    notePending(task, 'task')
    if (this.#running < this.#limit) this.#start(task)
    else {
      this.#watchContext()
      this.#queue.push(task as Task)
    }
    return task
  }

  /** Starts `body` if it need not queue; undefined if it would. @throws ServiceError GROUP_ENDED */
  tryGo<T>(body: TaskBody<T>): Task<T> | undefined {
    return this.#running < this.#limit || this.#isOver ? this.go(body) : undefined
  }

  /**
   * Resolves when a task can start at once: for a loop that must not queue faster than tasks end.
   *
   * @throws ServiceError why the context (default: the current one, else the group's) was cancelled.
   */
  ready(context: Context = currentContext() ?? this.context): Promise<void> {
    if (this.#running < this.#limit) return done
    const waiter = new PromiseWaiter<void>()
    this.#ready.pushUntilCancelled(waiter, context)
    return waiter.promise
  }

  /** Resolves when every task has ended, never before. @throws the first error of any task. */
  async wait(): Promise<void> {
    // Again and again: between the end of the last task and this line somebody may have started another.
    while (this.#running > 0) {
      const waiter = new PromiseWaiter<void>()
      this.#finished.push(waiter)
      await waiter.promise
    }
    this.#end()
    if (this.#firstError !== undefined) throw this.#firstError.error
  }

  /** Cancels the context of all tasks; what is queued never starts. They still have to be waited for. */
  cancel(cause?: unknown): void {
    this.context.cancel(cause)
    this.#dropQueued()
  }

  #start<T>(task: Task<T>): void {
    const body = task.takeBody() as TaskBody<T>
    const reason = this.context.cancelled
    if (reason !== undefined) {
      this.#fail(task, reason)
      return
    }
    this.#running++
    try {
      const returned = this.context.run(() => body(this.context))
      if (isPromiseLike(returned)) this.#follow(task, returned)
      else this.#succeeded(task, returned)
    } catch (error) {
      this.#failed(task, error)
    }
  }

  /** Apart from `#start`, so that what waits holds on to the task alone and not to its body. */
  #follow<T>(task: Task<T>, promise: PromiseLike<T>): void {
    promise.then(
      (value) => this.#succeeded(task, value),
      (error: unknown) => this.#failed(task, error),
    )
  }

  #succeeded<T>(task: Task<T>, value: T): void {
    forgetPending(task)
    task.succeed(value)
    this.#afterOne()
  }

  #failed<T>(task: Task<T>, error: unknown): void {
    this.#fail(task, error)
    this.#afterOne()
  }

  #fail<T>(task: Task<T>, error: unknown): void {
    forgetPending(task)
    task.fail(error)
    if (this.#firstError !== undefined) return
    this.#firstError = { error }
    if (this.#cancelOnError) this.cancel(siblingFailed(error))
  }

  #afterOne(): void {
    this.#running--
    if (this.#isDraining) return
    if (this.#queue.length > 0) this.#startQueued()
    // All of them: one that is woken need not start a task, and the others must not wait for it to.
    if (this.#ready.length > 0 && this.#running < this.#limit) resolveAll(this.#ready)
    if (this.#running === 0) resolveAll(this.#finished)
  }

  /** In a loop, because a task that ends at once would otherwise start the next one ever deeper in the stack. */
  #startQueued(): void {
    this.#isDraining = true
    while (this.#running < this.#limit && this.#queue.length > 0) {
      const next = this.#queue.shift()
      if (next !== undefined) this.#start(next)
    }
    this.#isDraining = false
  }

  /** Only a group that queues need know at once that it is cancelled. */
  #watchContext(): void {
    if (this.#watchesContext) return
    this.#watchesContext = true
    this.context.onCancel(() => this.#dropQueued())
  }

  #dropQueued(): void {
    const reason = this.context.cancelled
    if (reason === undefined) return
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#fail(next, reason)
  }

  /** Whatever still waits in the context of the group has nobody left to wait for it. */
  #end(): void {
    if (this.#running > 0) return
    this.#isOver = true
    this.context.cancel(overReason)
  }
}

/**
 * Starts `body` in the group that the caller is in.
 *
 * @throws ServiceError NO_GROUP outside of one: a task that nobody waits for is a leak.
 */
export function go<T>(body: TaskBody<T>): Task<T> {
  const group = currentContext()?.get(groupKey)
  if (group === undefined) throw noGroup()
  return group.go(body)
}

const groupKey = new ContextKey<Group>('group')
const overReason = new ServiceError('CANCELLED', 'The group has ended.', { status: 499 })

function resolveAll(queue: WaitQueue<PromiseWaiter<void>>): void {
  for (let waiter = queue.shift(); waiter !== undefined; waiter = queue.shift()) waiter.resolve()
}

function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function siblingFailed(cause: unknown): ServiceError {
  return new ServiceError('CANCELLED', 'Another task of the group failed.', { status: 499, cause })
}

function groupEnded(): ServiceError {
  return new ServiceError(
    'GROUP_ENDED',
    'The group has been waited for: nothing starts in it any more. Make a new one.',
  )
}

function noGroup(): ServiceError {
  return new ServiceError(
    'NO_GROUP',
    'go() was called outside of a group: nobody would wait for the task. Call it inside of Group.run(), or group.go().',
  )
}

function badLimit(limit: unknown): ServiceError {
  return new ServiceError(
    'BAD_LIMIT',
    `A group's limit is a whole number from 1, not ${typeof limit === 'number' ? limit : typeof limit}.`,
  )
}
