/** Operations on sagas: instances with their history, tried again or undone. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { SagaCoordinator } from '../../transaction/saga/coordinator.ts'
import type { HistoryEntry } from '../../transaction/saga/history.ts'
import type { AnySaga } from '../../transaction/saga/saga.ts'
import { type StepProgress, stepStates } from '../../transaction/saga/step-states.ts'
import type { StoredSaga } from '../../transaction/saga/stored-saga.ts'
import { troubleOf } from '../../transaction/saga/trouble.ts'
import type {
  SagaDefinitionView,
  SagaEntryView,
  SagaStepView,
  SagaSummary,
  SagasQuery,
  SagasView,
  SagaView,
} from './operations-api.ts'
import { shownPayload } from './shown-payload.ts'

const openStatuses = ['running', 'compensating'] as const
/** Trouble is told from the history, which no database can be asked for. */
const mostLookedAt = 1_000

/** Coordinators of a service nearly always share one table: the first one speaks for it, with the definitions of all. */
export async function sagasView(
  coordinators: readonly SagaCoordinator[],
  { status, name, trouble = false, after, limit = 50 }: SagasQuery,
): Promise<Omit<SagasView, 'service'>> {
  const coordinator = firstOf(coordinators)
  const definitions = coordinators.flatMap((one) => one.definitions)
  const before = after === undefined ? undefined : placeOf(after)
  const statuses = status === 'open' || (trouble && status === undefined) ? openStatuses : status
  const [counts, found] = await Promise.all([
    coordinator.counts(),
    coordinator.list({ status: statuses, name, before, limit: trouble ? mostLookedAt : limit + 1 }),
  ])
  const summaries = found.map((saga) => summaryOf(saga, definitions))
  const fitting = trouble ? summaries.filter((summary) => summary.trouble !== null) : summaries
  const instances = fitting.slice(0, limit)
  const last = instances.at(-1)
  const next = fitting.length > limit && last !== undefined ? `${Date.parse(last.begunAt)}.${last.id}` : null
  return { definitions: definitions.map(definitionView), counts, instances, next }
}

export async function sagaView(
  coordinators: readonly SagaCoordinator[],
  { id, payload = false }: { readonly id: string; readonly payload?: boolean | undefined },
): Promise<Omit<SagaView, 'service'>> {
  const saga = await firstOf(coordinators).find(id)
  if (saga === undefined) throw new ServiceError('SAGA_NOT_FOUND', 'There is no saga with this id.', { status: 404 })
  const definitions = coordinators.flatMap((one) => one.definitions)
  const definition = definitions.find(({ name, version }) => name === saga.name && version === saga.version)
  const steps = stepStates(definition, saga.history)
  const isOver = saga.status === 'done' || saga.status === 'compensated'
  return {
    ...summaryOf(saga, definitions),
    steps: steps.map(stepView),
    history: saga.history.map((entry) => entryView(entry, payload)),
    input: payload ? shownPayload(saga.input) : null,
    owner: saga.owner ?? null,
    epoch: saga.epoch,
    leaseUntil: saga.leaseUntil?.toISOString() ?? null,
    due: isOver ? null : (saga.due?.toISOString() ?? null),
    deadline: saga.deadline?.toISOString() ?? null,
    isCancelWished: saga.isCancelWished,
    canRetry: !isOver,
    canCancel: saga.status === 'running' && !steps.some(({ noReturn, attempts }) => noReturn && attempts > 0),
  }
}

/** @throws ServiceError `SAGA_NOT_FOUND` (404), `SAGA_OVER` (409). */
export async function changeSaga(
  coordinators: readonly SagaCoordinator[],
  what: 'retry' | 'cancel',
  id: string,
): Promise<Omit<SagaView, 'service'>> {
  const { canRetry, canCancel, status } = await sagaView(coordinators, { id })
  const coordinator = firstOf(coordinators)
  const isDone =
    what === 'retry' ? canRetry && (await coordinator.retryNow(id)) : canCancel && (await coordinator.cancel(id))
  if (isDone) return await sagaView(coordinators, { id })
  const why = what === 'cancel' && status === 'running' ? 'it is beyond its point of no return' : `it is ${status}`
  throw new ServiceError(
    'SAGA_OVER',
    `This saga cannot be ${what === 'retry' ? 'tried again' : 'cancelled'}: ${why}.`,
    {
      status: 409,
    },
  )
}

function firstOf([first]: readonly SagaCoordinator[]): SagaCoordinator {
  if (first !== undefined) return first
  throw new ServiceError('NO_SUCH_PART', 'This service has no coordinator of sagas.', { status: 404 })
}

function summaryOf(saga: StoredSaga, definitions: readonly AnySaga[]): SagaSummary {
  const { id, name, version, status, begun, history, trace } = saga
  const last = history.at(-1)
  const failure = history.findLast((entry) => 'code' in entry)
  const turned = history.find((entry) => entry.kind === 'turned')
  const told = turned !== undefined && status === 'compensated' ? turned : failure
  return {
    id,
    name,
    version,
    status,
    trouble: troubleOf(saga, { definitions, nowMs: Date.now() }) ?? null,
    begunAt: begun.toISOString(),
    changedAt: new Date(last?.atMs ?? begun.getTime()).toISOString(),
    step: history.findLast((entry) => 'step' in entry)?.step ?? null,
    error: told === undefined || status === 'done' ? null : { code: told.code, reason: told.reason },
    traceId: trace?.traceId ?? null,
  }
}

function definitionView({ name, version, timeoutMs, stages }: AnySaga): SagaDefinitionView {
  return {
    name,
    version,
    timeoutMs: timeoutMs ?? null,
    steps: stages.flatMap((steps, stage) =>
      steps.map((step) => ({
        name: step.name,
        stage,
        isLocal: step.isLocal,
        hasCompensation: step.compensate !== undefined,
        noReturn: step.noReturn,
        attempts: Number.isFinite(step.retry.attempts) ? step.retry.attempts : null,
        timeoutMs: step.timeoutMs,
      })),
    ),
  }
}

function stepView({ begunMs, changedMs, error, ...step }: StepProgress): SagaStepView {
  return { ...step, begunAt: isoOf(begunMs), changedAt: isoOf(changedMs), error: error ?? null }
}

function entryView(entry: HistoryEntry, withPayload: boolean): SagaEntryView {
  const hasOutput = entry.kind === 'done' && entry.output !== undefined
  return {
    kind: entry.kind,
    step: 'step' in entry ? entry.step : null,
    attempt: 'attempt' in entry ? entry.attempt : null,
    at: new Date(entry.atMs).toISOString(),
    code: 'code' in entry ? entry.code : null,
    reason: 'reason' in entry ? entry.reason : null,
    isFinal: 'isFinal' in entry ? entry.isFinal : null,
    output: withPayload && hasOutput ? shownPayload(entry.output) : null,
  }
}

function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

function placeOf(after: string): { begunMs: number; id: string } {
  const dot = after.indexOf('.')
  return { begunMs: Number(after.slice(0, dot)) || 0, id: after.slice(dot + 1) }
}
