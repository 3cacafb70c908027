/**
 * Saga: a business transaction over several services, as steps that can be made undone.
 *
 *   defineSaga('checkout', { input }) .step('reserve', { run, compensate }) .step('pay', { run, compensate }) .local('confirm', { run })
 *
 *   reserve ─▶ pay ─▶ confirm ─▶ done
 *                └─ fails for good ─▶ undo pay ─▶ undo reserve ─▶ compensated
 *
 * A definition is a value: nothing runs until a coordinator is given it. What a step may do is said by its kind:
 *
 *   step    an effect elsewhere: may be tried again, so the other side must know `key` again; `token` tells it of stale writers
 *   local   changes of this database alone: they are committed together with the step's end, and happen once
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { OutputOf, Schema } from '../../schema/schema.ts'

export interface SagaContext<Input, Results> {
  readonly sagaId: string
  readonly input: Input
  /** What the steps before gave, by name. */
  readonly results: Results
  /** The same at every attempt of this step: for the other side's idempotency. */
  readonly key: string
  /** Grows with every owner of the saga: who keeps the largest it has seen can refuse a writer that slept beyond its lease. */
  readonly token: number
  /** 1 for the first. */
  readonly attempt: number
}

export interface CompensationContext<Input, Results, Output> extends SagaContext<Input, Results> {
  /** What the step gave; undefined if it is not known whether it had an effect: undo what may be there. */
  readonly output: Output | undefined
  /** Why the saga is undone. */
  readonly error: SagaError
}

/** What ended a saga: the code and the words of the step's error, or `SAGA_CANCELLED`, `DEADLINE_EXCEEDED`. */
export interface SagaError {
  readonly code: string
  readonly reason: string
}

export interface SagaStep<Input, Results, Output> {
  run(saga: SagaContext<Input, Results>): Output | Promise<Output>
  /** Makes undone what `run` did or may have done; it must succeed in the end, and may be called again. Left out: nothing is to be undone. */
  compensate?(saga: CompensationContext<Input, Results, Output>): void | Promise<void>
  readonly retry?: StepRetry
  /** Time for one attempt, in milliseconds; default 30,000. */
  readonly timeoutMs?: number
  /**
   * The point of no return: from the begin of this step on the saga goes forward only. It is tried until it succeeds, whatever its errors
   * say, and neither a deadline nor `cancel()` undoes anything any more. Default false.
   */
  readonly noReturn?: boolean
}

export interface StepRetry {
  /** In all; default 5. A compensation has no limit. */
  readonly attempts?: number
  /** Doubled for each further attempt, with full jitter; default 100. */
  readonly baseDelayMs?: number
  /** Default 30,000. */
  readonly maxDelayMs?: number
}

/** A step as the coordinator sees it: what its types say has been checked where it was declared. */
export interface PlannedStep {
  readonly name: string
  readonly isLocal: boolean
  readonly run: (saga: SagaContext<unknown, Results>) => unknown
  readonly compensate: ((saga: CompensationContext<unknown, Results, unknown>) => unknown) | undefined
  readonly retry: Required<StepRetry>
  readonly timeoutMs: number
  readonly noReturn: boolean
}

export type Results = Readonly<Record<string, unknown>>

export interface SagaOptions<S extends Schema> {
  readonly input: S
  /** A running instance keeps the version that it began with; raise it when steps change. Default 1. */
  readonly version?: number
  /** Time until it must be done, in milliseconds: then it is undone. Default: no limit. */
  readonly timeoutMs?: number
}

export class Saga<Input = unknown, R extends Results = Results> {
  readonly name: string
  readonly version: number
  readonly input: Schema<unknown, Input>
  readonly timeoutMs: number | undefined
  /** One after the other; the steps of one stage at once. */
  readonly stages: readonly (readonly PlannedStep[])[]
  /** Only types. */
  declare readonly results: R

  constructor(parts: Pick<Saga<Input>, 'name' | 'version' | 'input' | 'timeoutMs' | 'stages'>) {
    this.name = parts.name
    this.version = parts.version
    this.input = parts.input
    this.timeoutMs = parts.timeoutMs
    this.stages = parts.stages
  }

  /** A further step, after all so far. @throws ServiceError `BAD_SAGA` for a name that is taken. */
  step<N extends string, Output>(
    name: N,
    step: SagaStep<Input, R, Output>,
  ): Saga<Input, R & Record<N, Awaited<Output>>> {
    return this.#with([planned(name, step as unknown as AnyStep, false)])
  }

  /** A step that changes this database alone, in the transaction that says that it is done: it happens once. */
  local<N extends string, Output>(
    name: N,
    step: SagaStep<Input, R, Output>,
  ): Saga<Input, R & Record<N, Awaited<Output>>> {
    return this.#with([planned(name, step as unknown as AnyStep, true)])
  }

  /** Several steps at once; the next one begins when all are done. */
  parallel<M extends Readonly<Record<string, SagaStep<Input, R, unknown>>>>(
    steps: M,
  ): Saga<Input, R & { readonly [N in keyof M]: Awaited<ReturnType<M[N]['run']>> }> {
    return this.#with(Object.entries(steps).map(([name, step]) => planned(name, step as unknown as AnyStep, false)))
  }

  #with<Next extends Results>(stage: readonly PlannedStep[]): Saga<Input, Next> {
    const taken = new Set(this.stages.flat().map(({ name }) => name))
    for (const { name } of stage) {
      if (taken.has(name)) throw badSaga(`${this.name} has two steps called '${name}'`)
      taken.add(name)
    }
    return new Saga<Input, Next>({ ...this, stages: [...this.stages, stage] })
  }
}

/** A definition, whatever its types. */
export type AnySaga = Pick<Saga, 'name' | 'version' | 'timeoutMs' | 'stages'>

/** @throws ServiceError `BAD_SAGA` */
export function defineSaga<S extends Schema>(
  name: string,
  { input, version = 1, timeoutMs }: SagaOptions<S>,
): Saga<OutputOf<S>, object & Results> {
  if (!/^[A-Za-z][\w.-]{0,99}$/.test(name))
    throw badSaga('a name has 1 to 100 letters, digits, . - _, and begins with a letter')
  if (!Number.isInteger(version) || version < 1)
    throw badSaga(`version: expected a whole number from 1, got ${version}`)
  return new Saga({ name, version, input: input as Schema<unknown, OutputOf<S>>, timeoutMs, stages: [] })
}

type AnyStep = SagaStep<unknown, Results, unknown>

function planned(
  name: string,
  { run, compensate, retry = {}, timeoutMs = 30_000, noReturn = false }: AnyStep,
  isLocal: boolean,
): PlannedStep {
  if (!/^[A-Za-z][\w-]{0,99}$/.test(name)) throw badSaga('a step has 1 to 100 letters, digits, - and _ as its name')
  const { attempts = noReturn ? Number.POSITIVE_INFINITY : 5, baseDelayMs = 100, maxDelayMs = 30_000 } = retry
  return { name, isLocal, run, compensate, retry: { attempts, baseDelayMs, maxDelayMs }, timeoutMs, noReturn }
}

function badSaga(problem: string): ServiceError {
  return new ServiceError('BAD_SAGA', `A saga was declared that cannot be: ${problem}.`)
}
