/** StepRunner: one attempt of one step, with its deadline and its span; what came of it is an entry of the history. */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { Context } from '../../../foundation/context/context.ts'
import { type ServiceError, toServiceError } from '../../../foundation/errors/service-error.ts'
import { currentSpan, type TraceContext, type Tracer } from '../../../telemetry/tracer.ts'
import type { HistoryEntry } from '../history.ts'
import type { AnySaga, PlannedStep, Results, SagaContext, SagaError } from '../saga.ts'
import type { AnyDatabase } from './saga-store.ts'

export interface StepTask {
  readonly saga: AnySaga
  readonly step: PlannedStep
  readonly attempt: number
  readonly direction: 'run' | 'undo'
  readonly known: Pick<SagaContext<unknown, Results>, 'sagaId' | 'input' | 'results' | 'token'>
  /** Of the step that is undone. */
  readonly output: unknown
  /** Why it is undone. */
  readonly error: SagaError | undefined
  /** Of whoever began the saga: its steps belong to that trace, whichever process runs them. */
  readonly trace: TraceContext | undefined
}

export interface StepRunnerParts {
  readonly database: AnyDatabase
  readonly tracer: Tracer
  readonly clock: Clock
}

type StepEnd = Exclude<HistoryEntry, { kind: 'turned' }>

export class StepRunner {
  readonly #parts: StepRunnerParts

  constructor(parts: StepRunnerParts) {
    this.#parts = parts
  }

  /**
   * `finish`, for a local step, records the end in the transaction of its effect; false from it means that the instance is another's,
   * and takes the effect back.
   */
  async run(task: StepTask, finish?: (end: StepEnd) => Promise<boolean>): Promise<StepEnd | 'lost'> {
    const { tracer, clock, database } = this.#parts
    const { saga, step, attempt, known, direction, trace } = task
    const context = new Context({ timeoutMs: step.timeoutMs, clock })
    const span = tracer.start(`${saga.name} ${direction === 'run' ? '' : 'undo '}${step.name}`, {
      ...(trace === undefined ? { isRoot: true } : { parent: trace }),
    })
    span.set('saga.id', known.sagaId)
    span.set('saga.step', step.name)
    span.set('saga.attempt', attempt)
    context.set(currentSpan, span)
    try {
      const effect = async (): Promise<StepEnd> =>
        this.#ended(task, await Promise.race([this.#call(task), cancelled(context)]))
      if (finish === undefined) return await context.run(effect)
      return await context.run(() =>
        database.transaction(async () => {
          const end = await effect()
          if (!(await finish(end))) throw new Lost()
          return end
        }),
      )
    } catch (thrown) {
      if (thrown instanceof Lost) return 'lost'
      const error = toServiceError(thrown)
      span.fail(thrown)
      return this.#failed(task, error)
    } finally {
      span.end()
      context.finish()
    }
  }

  async #call({ step, attempt, direction, known, output, error = unknownError }: StepTask): Promise<unknown> {
    // Stable over attempts and owners: the other side knows a repetition by it.
    const key = `${known.sagaId}:${step.name}${direction === 'undo' ? ':undo' : ''}`
    const context = { ...known, key, attempt }
    return direction === 'run' ? await step.run(context) : await step.compensate?.({ ...context, output, error })
  }

  #ended({ step, direction }: StepTask, output: unknown): StepEnd {
    const atMs = this.#parts.clock.now()
    if (direction === 'undo') return { kind: 'undone', step: step.name, atMs }
    return { kind: 'done', step: step.name, ...(output !== undefined && { output }), atMs }
  }

  #failed({ step, attempt, direction }: StepTask, error: ServiceError): StepEnd {
    const facts = { step: step.name, attempt, code: error.code, reason: error.message, atMs: this.#parts.clock.now() }
    if (direction === 'undo') return { kind: 'undo failed', ...facts }
    return {
      kind: 'failed',
      ...facts,
      isFinal: !step.noReturn && (attempt >= step.retry.attempts || cannotSucceed(error)),
    }
  }
}

/** Nobody undoes without a turn, and a turn says why. */
const unknownError: SagaError = { code: '', reason: '' }

/** Thrown to take a local effect back whose instance is another's. */
class Lost extends Error {}

/** What says of itself that doing it again is of no use: a refusal, such as of a payment. */
function cannotSucceed(error: ServiceError): boolean {
  return error.code !== 'INTERNAL' && !error.retryable && error.status >= 400 && error.status < 500
}

function cancelled(context: Context): Promise<never> {
  return new Promise((_resolve, reject) => context.onCancel(reject))
}
