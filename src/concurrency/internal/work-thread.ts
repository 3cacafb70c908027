/**
 * The thread's side of workers: takes tasks in order, one at a time.
 *
 *   message ─▶ queue ─▶ claim the cell ──posted──▶ run ─▶ result ─▶ sent, together with others that were quick
 *                           └─taken─▶ skip
 */
import { Context } from '../../foundation/context/context.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import { type ParentThread, parentThread } from '../../platform/threads.ts'
import { Transfer, type Transferable } from '../transfer.ts'
import { Deque } from './deque.ts'
import {
  cellCancelled,
  cellPosted,
  cellRunning,
  errorMessageFrom,
  type TaskMessage,
  type TaskResult,
  type ThreadInput,
} from './work-messages.ts'
import { findWork, lookUp } from './work-registry.ts'

/** Results are held back no longer than this: a message costs more than a small task. */
const holdBackMs = 1

const slot = Symbol.for('genever.work-thread')
const holder = globalThis as { [slot]?: boolean }

/** Begins to serve, once, if this is a thread of workers. */
export function serveWork(): void {
  const parent = parentThread<TaskMessage[], TaskResult[]>()
  if (parent === undefined || !isThreadInput(parent.input) || holder[slot]) return
  holder[slot] = true
  const thread = new WorkThread(parent, new Int32Array(parent.input.cells))
  parent.onMessage((tasks) => thread.accept(tasks))
}

class WorkThread {
  readonly #parent: ParentThread<TaskMessage[], TaskResult[]>
  readonly #cells: Int32Array
  readonly #queue = new Deque<TaskMessage>()
  #results: TaskResult[] = []
  /** Buffers that leave with a result; few results have any. */
  #transfers = new Map<TaskResult, readonly Transferable[]>()
  #isRunning = false

  constructor(parent: ParentThread<TaskMessage[], TaskResult[]>, cells: Int32Array) {
    this.#parent = parent
    this.#cells = cells
  }

  accept(tasks: readonly TaskMessage[]): void {
    for (const task of tasks) this.#queue.push(task)
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    let sentMs = performance.now()
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      const { cell } = task
      if (Atomics.compareExchange(this.#cells, cell, cellPosted, cellRunning) !== cellPosted) {
        this.#results.push({ kind: 'skipped', cell })
        continue
      }
      const startedMs = performance.now()
      try {
        const context = new WorkContext(this.#cells, task)
        const body = lookUp(task.module, task.name) ?? (await findWork(task.module, task.name))
        const returned = context.run(() => body(task.input, context))
        // An await takes a turn of the queue of promises, which the many that return at once need not.
        this.#keep(cell, startedMs, returned instanceof Promise ? await returned : returned)
      } catch (thrown) {
        this.#results.push({ kind: 'error', cell, ms: performance.now() - startedMs, error: errorMessageFrom(thrown) })
      }
      if (performance.now() - sentMs < holdBackMs) continue
      this.#send()
      sentMs = performance.now()
    }
    this.#send()
    this.#isRunning = false
  }

  #keep(cell: number, startedMs: number, returned: unknown): void {
    const ms = performance.now() - startedMs
    const isTransfer = returned instanceof Transfer
    const result: TaskResult = { kind: 'value', cell, ms, value: isTransfer ? returned.value : returned }
    if (isTransfer) this.#transfers.set(result, returned.list)
    this.#results.push(result)
  }

  #send(): void {
    const [results, transfers] = [this.#results, this.#transfers]
    if (results.length === 0) return
    this.#results = []
    if (transfers.size > 0) this.#transfers = new Map()
    try {
      this.#parent.post(results, [...transfers.values()].flat())
    } catch {
      for (const result of results) this.#sendOne(result, transfers.get(result) ?? [])
    }
  }

  /** One of several cannot be cloned; the others must not suffer for it. */
  #sendOne(result: TaskResult, transfers: readonly Transferable[]): void {
    try {
      this.#parent.post([result], transfers)
    } catch (thrown) {
      this.#parent.post([{ kind: 'error', cell: result.cell, ms: 0, error: errorMessageFrom(thrown) }])
    }
  }
}

/** Cancelled from the other side through shared memory, which works while this side never awaits. */
class WorkContext extends Context {
  readonly #cells: Int32Array
  readonly #cell: number

  constructor(cells: Int32Array, { cell, timeoutMs }: TaskMessage) {
    super({ timeoutMs })
    this.#cells = cells
    this.#cell = cell
  }

  override get cancelled(): ServiceError | undefined {
    if (Atomics.load(this.#cells, this.#cell) === cellCancelled) this.cancel()
    return super.cancelled
  }
}

function isThreadInput(input: unknown): input is ThreadInput {
  return typeof input === 'object' && input !== null && 'kind' in input && input.kind === 'genever-workers'
}
