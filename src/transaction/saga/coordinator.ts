/**
 * SagaCoordinator: runs sagas to their end, whatever happens to the processes that run them.
 *
 *   start ─▶ row ─▶ plan(history) ─▶ write what begins ─▶ effect ─▶ write what came of it, and what begins next ─▶ …
 *                        ▲                                  │
 *                        │  killed, lost lease ─▶ another process takes it, with a higher token
 *                        └──────────────────────────────────┘
 *
 * Each write is one statement that changes nothing once another process owns the instance. So an effect begins only while
 * the instance is this process's own, and a process that slept beyond its lease learns it from its next write.
 */

import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { Context, currentContext } from '../../foundation/context/context.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../../foundation/lifecycle/component.ts'
import { messageId } from '../../messaging/message-id.ts'
import { retryDelayMs } from '../../resilience/retry.ts'
import { validate } from '../../schema/validate.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Meter } from '../../telemetry/meter.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import { noopTracer } from '../../telemetry/noop-tracer.ts'
import { currentSpan, type TraceContext, type Tracer } from '../../telemetry/tracer.ts'
import type { History, HistoryEntry, SagaStatus } from './history.ts'
import { SagaMetrics } from './internal/saga-metrics.ts'
import { type AnyDatabase, type HeldSaga, SagaStore, type TurnCode } from './internal/saga-store.ts'
import { StepRunner } from './internal/step-runner.ts'
import { type Decision, plan, resultsOf } from './plan.ts'
import type { AnySaga, Results, Saga, SagaError } from './saga.ts'
import type { StoredSaga } from './stored-saga.ts'

export interface SagaCoordinatorOptions {
  readonly database: AnyDatabase
  /** Every version of which instances may be under way. */
  readonly sagas: readonly AnySaga[]
  /** Instances that run at once in this process; default 64. */
  readonly concurrency?: number
  /** After so long without a word a process is taken for dead, and its instances go to others; in milliseconds, default 10,000. */
  readonly leaseMs?: number
  /** How soon instances of others, or that are due again, are seen, in milliseconds; default 250. */
  readonly pollMs?: number
  /** Instances that are over are kept so long, in milliseconds; default 30 days. */
  readonly retentionMs?: number
  /** Told at each boundary, for diagnosis and for tests that end the process there. */
  readonly onBoundary?: (boundary: SagaBoundary) => void
  readonly name?: string
  readonly log?: Logger
  readonly meter?: Meter
  readonly tracer?: Tracer
  readonly clock?: Clock
}

/** `before` the history says that it begins; `persisted`: it says so; `effect`: it has returned, and the history does not say so yet. */
export interface SagaBoundary {
  readonly sagaId: string
  readonly saga: string
  readonly step: string
  readonly direction: 'run' | 'undo'
  readonly point: 'before' | 'persisted' | 'effect'
}

export interface SagaQuery {
  readonly status?: SagaStatus | readonly SagaStatus[] | undefined
  readonly name?: string | undefined
  readonly before?: { readonly begunMs: number; readonly id: string } | undefined
  /** Default 100, at most 1,000. */
  readonly limit?: number | undefined
}

export interface SagaCount {
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly instances: number
}

/** What became of an instance. */
export interface SagaOutcome<R = Results> {
  readonly status: Extract<SagaStatus, 'done' | 'compensated'>
  readonly results: Partial<R>
  /** Why it was undone. */
  readonly error: SagaError | undefined
}

/** Shorter waits are spent in this process; longer ones are given to whoever is there then. */
const longestOwnWaitMs = 200

export class SagaCoordinator implements Component {
  readonly name: string
  readonly kind = 'sagas'
  readonly #definitions: ReadonlyMap<string, AnySaga>
  readonly #store: SagaStore
  readonly #runner: StepRunner
  readonly #metrics: SagaMetrics
  readonly #log: Logger
  readonly #clock: Clock
  readonly #concurrency: number
  readonly #leaseMs: number
  readonly #pollMs: number
  readonly #retentionMs: number
  readonly #onBoundary: (boundary: SagaBoundary) => void
  readonly #running = new Map<string, Promise<void>>()
  readonly #waiters = new Map<string, Set<() => void>>()
  readonly #stopping = new AbortController()
  #isRunning = false
  #polling: Promise<void> | undefined
  #trimAtMs = 0
  /** Of instances that run here: what they are to be turned by. */
  #wishes: ReadonlyMap<string, TurnCode> = new Map()

  constructor(options: SagaCoordinatorOptions) {
    const { clock = systemClock, log = noopLogger, tracer = noopTracer, leaseMs = 10_000 } = options
    this.name = options.name ?? 'sagas'
    this.#definitions = new Map(options.sagas.map((saga) => [`${saga.name} ${saga.version}`, saga]))
    this.#store = new SagaStore(options.database, { owner: messageId(clock.now()), leaseMs })
    this.#runner = new StepRunner({ database: options.database, tracer, clock })
    this.#metrics = new SagaMetrics(options.meter)
    this.#log = log
    this.#clock = clock
    this.#concurrency = options.concurrency ?? 64
    this.#leaseMs = leaseMs
    this.#pollMs = options.pollMs ?? 250
    this.#retentionMs = options.retentionMs ?? 30 * 86_400_000
    this.#onBoundary = options.onBoundary ?? (() => undefined)
  }

  /**
   * Begins an instance; resolves with its id when it is certain to run. Inside of a transaction of the same database it is part of it.
   * The same id again begins nothing.
   *
   * @throws ServiceError `BAD_SAGA_INPUT`, `UNKNOWN_SAGA`.
   */
  async begin<Input, R extends Results>(
    saga: Saga<Input, R>,
    input: Input,
    { id = messageId(this.#clock.now()) }: { id?: string } = {},
  ): Promise<string> {
    if (!this.#definitions.has(`${saga.name} ${saga.version}`)) throw unknownSaga(saga)
    const checked = await validate(saga.input, input, 'body')
    if (checked.errors !== undefined) {
      throw new ServiceError('BAD_SAGA_INPUT', `The input of ${saga.name} is not what its schema wants.`, {
        status: 400,
        details: { errors: checked.errors },
      })
    }
    const { name, version, timeoutMs } = saga
    if (!this.#store.database.inTransaction) await this.#store.database.makeTables()
    if (await this.#store.insert({ id, name, version, input: checked.value, timeoutMs, trace: currentTrace() })) {
      // A transaction that is taken back leaves nothing to run.
      if (this.#store.database.inTransaction) this.#store.database.onCommit(() => this.#take(id))
      else this.#take(id)
    }
    return id
  }

  /**
   * What becomes of it, when it is over. Waits as long as the context allows; the instance goes on without us.
   *
   * @throws ServiceError `SAGA_NOT_FOUND`, or why the context was cancelled.
   */
  async outcome<R extends Results = Results>(id: string): Promise<SagaOutcome<R>> {
    for (;;) {
      const found = await this.find(id)
      if (found === undefined)
        throw new ServiceError('SAGA_NOT_FOUND', 'There is no saga with this id.', { status: 404 })
      if (found.status === 'done' || found.status === 'compensated') return outcomeOf<R>(found.status, found.history)
      await this.#changed(id)
    }
  }

  find(id: string): Promise<StoredSaga | undefined> {
    return this.#store.find(id)
  }

  /** Those that it was given. */
  get definitions(): readonly AnySaga[] {
    return [...this.#definitions.values()]
  }

  /** How many instances there are, of this process's definitions and of any other. */
  counts(): Promise<readonly SagaCount[]> {
    return this.#store.countsByName()
  }

  /** The latest first. `before`: only those that began earlier than this one. */
  list(options: SagaQuery = {}): Promise<StoredSaga[]> {
    return this.#store.list({ ...options, limit: Math.min(options.limit ?? 100, 1_000) })
  }

  /** Undoes an instance that is not over. False if it is, or is being undone. */
  async cancel(id: string): Promise<boolean> {
    const isWished = await this.#store.wishCancel(id)
    if (isWished) this.#wake()
    return isWished
  }

  /** Tries again now what waits for its next attempt. */
  async retryNow(id: string): Promise<boolean> {
    const isFound = await this.#store.hurry(id)
    if (isFound) this.#wake()
    return isFound
  }

  async start(): Promise<void> {
    await this.#store.database.makeTables()
    this.#isRunning = true
    this.#polling = this.#poll()
  }

  /** Begins nothing new; what runs ends its step, and goes to others. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.#isRunning = false
    this.#stopping.abort(new ServiceError('CANCELLED', 'The coordinator stops.', { status: 499 }))
    await Promise.race([Promise.all([this.#polling, ...this.#running.values()]), aborted(signal)])
    await this.#store.release().catch((error: unknown) => this.#log.warn('sagas could not be given back', { error }))
  }

  stop(signal?: AbortSignal): Promise<void> {
    return this.drain(signal)
  }

  async health(): Promise<ComponentHealth> {
    return { status: 'UP', details: { ...(await this.#store.counts()), here: this.#running.size } }
  }

  async #poll(): Promise<void> {
    let renewAtMs = 0
    while (this.#isRunning) {
      try {
        if (this.#clock.monotonic() >= renewAtMs) {
          await this.#store.renew([...this.#running.keys()])
          renewAtMs = this.#clock.monotonic() + this.#leaseMs / 3
        }
        if (this.#running.size > 0) this.#wishes = await this.#store.wishes()
        const room = this.#concurrency - this.#running.size
        const claimed = await this.#store.claim([...this.#definitions.values()], {
          limit: Math.min(room, 50),
          except: [...this.#running.keys()],
        })
        for (const held of claimed) this.#run(held)
        await this.#trim()
      } catch (error) {
        this.#log.warn('sagas could not be looked for', { error })
      }
      await this.#clock.sleep(this.#pollMs, this.#stopping.signal).catch(() => undefined)
    }
  }

  #wake(): void {
    for (const id of this.#waiters.keys()) this.#tell(id)
  }

  /** One that was begun here, and is held already. */
  #take(id: string): void {
    // It goes on when the request is over that began it.
    const context = new Context({ clock: this.#clock })
    if (!this.#isRunning || this.#running.size >= this.#concurrency) {
      void context.run(() => this.#store.release(id)).catch(() => undefined)
      return
    }
    const running = context
      .run(() => this.#store.held(id))
      .then((held) => (held === undefined ? undefined : context.run(() => this.#toEnd(held))))
      .catch((error: unknown) => this.#log.warn('a saga could not be run', { error, saga: id }))
    this.#keep(id, running)
  }

  #run(held: HeldSaga): void {
    if (this.#running.has(held.id)) return
    this.#keep(
      held.id,
      this.#toEnd(held).catch((error: unknown) => this.#log.warn('a saga could not be run', { error, saga: held.id })),
    )
  }

  #keep(id: string, running: Promise<void>): void {
    const kept = running.finally(() => {
      this.#running.delete(id)
      this.#tell(id)
    })
    this.#running.set(id, kept)
  }

  /** Until it is over, is another's, or waits for longer than this process wants to. */
  async #toEnd(held: HeldSaga): Promise<void> {
    const saga = this.#definitions.get(`${held.name} ${held.version}`)
    if (saga === undefined) return
    const history: HistoryEntry[] = [...held.history]
    for (;;) {
      if (!cannotReturn(saga, history)) this.#turnIfWished(held, history)
      const decision = plan(saga, history)
      if (decision.kind === 'finish') {
        if (await this.#store.save(held, { history, status: decision.status }))
          this.#metrics.ended(saga.name, decision.status)
        return
      }
      if (this.#stopping.signal.aborted) return
      const delayMs = await this.#act(saga, { held, history, decision })
      if (delayMs === undefined) return
      if (delayMs > longestOwnWaitMs) {
        await this.#store.save(held, { history, status: statusNow(history), delayMs })
        return
      }
      if (delayMs > 0) await this.#clock.sleep(delayMs, this.#stopping.signal).catch(() => undefined)
    }
  }

  /** Does what was decided; gives how long to wait then, undefined if the instance is another's. */
  async #act(
    saga: AnySaga,
    {
      held,
      history,
      decision,
    }: { held: HeldSaga; history: HistoryEntry[]; decision: Exclude<Decision, { kind: 'finish' }> },
  ): Promise<number | undefined> {
    const atMs = this.#clock.now()
    if (decision.kind === 'turn') {
      history.push({ kind: 'turned', code: decision.code, reason: decision.reason, atMs })
      this.#log.warn('a saga is undone', { saga: saga.name, id: held.id, code: decision.code })
      return 0
    }
    const tasks = decision.kind === 'undo' ? [{ step: decision.step, attempt: decision.attempt }] : decision.steps
    const direction = decision.kind === 'undo' ? 'undo' : 'run'
    const tell = (step: string, point: SagaBoundary['point']): void =>
      this.#onBoundary({ sagaId: held.id, saga: saga.name, step, direction, point })
    for (const { step } of tasks) tell(step.name, 'before')
    for (const { step, attempt } of tasks)
      history.push({ kind: direction === 'run' ? 'begun' : 'undo begun', step: step.name, attempt, atMs })
    if (!(await this.#store.save(held, { history, status: statusNow(history) }))) return this.#lost(held)
    for (const { step } of tasks) tell(step.name, 'persisted')

    const known = { sagaId: held.id, input: held.input, results: resultsOf(history), token: held.epoch }
    const ends = await Promise.all(
      tasks.map(async ({ step, attempt }) => {
        const task = {
          saga,
          step,
          attempt,
          direction,
          known,
          output: decision.kind === 'undo' ? decision.output : undefined,
          error: errorOf(history),
          trace: held.trace,
        } as const
        // A local step's end is part of its own transaction.
        const finish = step.isLocal
          ? async (end: HistoryEntry): Promise<boolean> =>
              await this.#store.save(held, { history: [...history, end], status: statusNow([...history, end]) })
          : undefined
        const end = await this.#runner.run(task, finish)
        tell(step.name, 'effect')
        return { end, step, attempt }
      }),
    )
    let delayMs = 0
    for (const { end, step, attempt } of ends) {
      if (end === 'lost') return this.#lost(held)
      history.push(end)
      this.#metrics.step(saga.name, step.name, end.kind)
      const isAgain = (end.kind === 'failed' && !end.isFinal) || end.kind === 'undo failed'
      if (isAgain)
        delayMs = Math.max(
          delayMs,
          retryDelayMs({ ...step.retry, attempt, retryAfterMs: undefined, random: Math.random() }),
        )
      if (end.kind === 'failed' || end.kind === 'undo failed')
        this.#log.warn('a step of a saga failed', {
          saga: saga.name,
          id: held.id,
          step: step.name,
          attempt,
          direction,
          code: end.code,
        })
    }
    return delayMs
  }

  /** What is asked of it from outside turns a running instance, between two steps. */
  #turnIfWished({ id, turnsBy }: HeldSaga, history: HistoryEntry[]): void {
    const code = this.#wishes.get(id) ?? turnsBy
    if (code === undefined || history.some(({ kind }) => kind === 'turned')) return
    history.push({ kind: 'turned', code, reason: turnReasons[code], atMs: this.#clock.now() })
  }

  #lost({ id, name }: HeldSaga): undefined {
    this.#log.warn('another process has taken this saga over', { saga: name, id })
    this.#metrics.lost(name)
    return undefined
  }

  async #trim(): Promise<void> {
    if (this.#clock.monotonic() < this.#trimAtMs) return
    this.#trimAtMs = this.#clock.monotonic() + 60_000
    await this.#store.removeOlder(this.#retentionMs)
  }

  /** When it may have ended here; what ends in another process is looked for. */
  #changed(id: string): Promise<void> {
    const context = currentContext()
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(id) ?? new Set()
      this.#waiters.set(id, waiters)
      const leave = (): void => {
        cancelTimer()
        leaveContext?.()
        waiters.delete(wake)
        if (waiters.size === 0) this.#waiters.delete(id)
      }
      const wake = (): void => {
        leave()
        resolve()
      }
      waiters.add(wake)
      const cancelTimer = this.#clock.schedule(this.#pollMs, wake, true)
      const leaveContext = context?.onCancel((reason) => {
        leave()
        reject(reason)
      })
    })
  }

  #tell(id: string): void {
    for (const wake of [...(this.#waiters.get(id) ?? [])]) wake()
  }
}

const turnReasons: Readonly<Record<TurnCode, string>> = {
  SAGA_CANCELLED: 'It was cancelled.',
  DEADLINE_EXCEEDED: 'It was not done in time.',
}

/** Whether it goes forward only. */
function cannotReturn({ stages }: AnySaga, history: History): boolean {
  const forward = new Set(stages.flat().flatMap(({ name, noReturn }) => (noReturn ? [name] : [])))
  return forward.size > 0 && history.some((entry) => entry.kind === 'begun' && forward.has(entry.step))
}

function statusNow(history: History): SagaStatus {
  return history.some(({ kind }) => kind === 'turned') ? 'compensating' : 'running'
}

function outcomeOf<R>(status: SagaOutcome['status'], history: History): SagaOutcome<R> {
  return { status, results: resultsOf(history) as Partial<R>, error: errorOf(history) }
}

/** Why it was turned. */
function errorOf(history: History): SagaError | undefined {
  const turned = history.find((entry) => entry.kind === 'turned')
  return turned === undefined ? undefined : { code: turned.code, reason: turned.reason }
}

function currentTrace(): TraceContext | undefined {
  return currentContext()?.get(currentSpan)?.context
}

function unknownSaga({ name, version }: Pick<Saga, 'name' | 'version'>): ServiceError {
  return new ServiceError(
    'UNKNOWN_SAGA',
    `The coordinator was not given ${name} version ${version}: list it in \`sagas\`.`,
  )
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}
