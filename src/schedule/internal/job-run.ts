/**
 * JobRun: one run of a job, from its begin to its end in the store.
 *
 *   begin ─▶ context (deadline, span) ─▶ policy(job) ─ok │ failed │ timeout─▶ end
 *              ├─ the lease is lost ─▶ cancelled: another has it, nothing is written
 *              └─ the service ends  ─▶ cancelled: the run stays open, and another process begins it anew
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { Context } from '../../foundation/context/context.ts'
import { ServiceError, toServiceError } from '../../foundation/errors/service-error.ts'
import type { Lease } from '../../lock/lease.ts'
import { policy } from '../../resilience/policy.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { currentSpan, type Tracer } from '../../telemetry/tracer.ts'
import type { Job, ResolvedJobOptions, ScheduledRun } from '../job-options.ts'
import { badSchedule } from '../schedule-errors.ts'
import type { RunClaim, ScheduleStore } from '../schedule-store.ts'
import type { ObservedOutcome, ScheduleMetrics } from './schedule-metrics.ts'

export interface JobParts {
  readonly job: Job
  readonly options: ResolvedJobOptions
  readonly store: ScheduleStore
  readonly metrics: ScheduleMetrics
  readonly tracer: Tracer
  readonly log: Logger
  readonly clock: Clock
  /** Which process, for people. */
  readonly runner: string
}

export interface RunRequest {
  readonly tickMs: number
  readonly attempt: number
  readonly lease: Lease
  /** Aborts when the service can wait no longer. */
  readonly stopping: AbortSignal
}

export interface RunResult {
  readonly outcome: ObservedOutcome
  readonly error?: ServiceError
}

/** Undefined if another process has the tick. */
export async function runJob(parts: JobParts, request: RunRequest): Promise<RunResult | undefined> {
  const { store, metrics, clock, runner, log } = parts
  const { tickMs, attempt, lease } = request
  const { name } = parts.options
  const claim: RunClaim = { job: name, tickMs, token: lease.token }
  if (!(await store.begin({ ...claim, attempt, startedMs: clock.now(), runner }))) return undefined
  const startedMs = clock.monotonic()
  metrics.began(name)
  const result = await attemptJob(parts, request, claim)
  const { outcome, error } = result
  metrics.ended(name, outcome, clock.monotonic() - startedMs, clock.now())
  const facts = { job: name, tick: new Date(tickMs).toISOString(), duration_ms: clock.monotonic() - startedMs }
  if (error === undefined) log.info('a job ran', facts)
  else log.warn('a job did not end well', { ...facts, outcome, attempt, error })
  if (outcome !== 'interrupted' && outcome !== 'lost') await recordEnd(parts, request, claim, result)
  return result
}

async function attemptJob(parts: JobParts, request: RunRequest, claim: RunClaim): Promise<RunResult> {
  const { options, clock, tracer } = parts
  const context = new Context({ timeoutMs: options.timeoutMs, clock })
  const span = tracer.start(`schedule ${options.name}`, { isRoot: true })
  context.set(currentSpan, span)
  span.set('schedule.job', options.name)
  span.set('schedule.tick', new Date(request.tickMs).toISOString())
  if (request.attempt > 1) span.set('schedule.attempt', request.attempt)
  const forget = request.lease.onLost((why) => context.cancel(why))
  const stop = (): void => context.cancel(serviceEnds())
  if (request.stopping.aborted) stop()
  request.stopping.addEventListener('abort', stop, { once: true })
  try {
    const run = scheduledRun(parts, request, claim, context)
    const onion = options.policy === undefined ? policy() : policy(options.policy)
    // Cancelled work that does not listen must not hold the job for ever.
    await Promise.race([context.run(() => onion(() => parts.job(run), { key: options.name })), cancelled(context)])
    return { outcome: 'ok' }
  } catch (thrown) {
    span.fail(thrown)
    return { outcome: outcomeOf(context.cancelled), error: toServiceError(thrown) }
  } finally {
    forget()
    request.stopping.removeEventListener('abort', stop)
    context.finish()
    span.end()
  }
}

function scheduledRun(
  { options, store, clock }: JobParts,
  { tickMs, attempt, lease }: RunRequest,
  claim: RunClaim,
  context: Context,
): ScheduledRun {
  const tick = new Date(tickMs)
  return {
    ...{ job: options.name, tick, id: `${options.name}@${tick.toISOString()}`, attempt, token: lease.token },
    isMissed: clock.now() - tickMs > options.graceMs + options.jitterMs,
    get signal() {
      return context.signal
    },
    async once(work) {
      if (store.once !== undefined) return store.once(claim, work)
      throw badSchedule('run.once() needs a store that is a database; give the effect the key run.id instead')
    },
  }
}

/** Asked again while the lease holds: an end that is not written makes another process begin the run anew. */
async function recordEnd(
  { store, clock, log, options }: JobParts,
  { lease }: RunRequest,
  claim: RunClaim,
  { outcome, error }: RunResult,
): Promise<void> {
  if (outcome === 'interrupted') return
  const end = { ...claim, outcome, endedMs: clock.now(), errorCode: error?.code }
  for (;;) {
    try {
      if (!(await store.end(end))) log.warn('a run was taken over by another process', { job: options.name })
      return
    } catch (failure) {
      if (!lease.isHeld) {
        log.error('the end of a run could not be recorded; it may run again', { job: options.name, error: failure })
        return
      }
      await clock.sleep(endRetryMs)
    }
  }
}

const endRetryMs = 250

function outcomeOf(cancelledBy: ServiceError | undefined): ObservedOutcome {
  switch (cancelledBy?.code) {
    case undefined:
      return 'failed'
    case 'LEASE_LOST':
      return 'lost'
    case 'DEADLINE_EXCEEDED':
      return 'timeout'
    default:
      return 'interrupted'
  }
}

function serviceEnds(): ServiceError {
  return new ServiceError('CANCELLED', 'The service ends before the job has.', { status: 499 })
}

function cancelled(context: Context): Promise<never> {
  return new Promise((_resolve, reject) => context.onCancel(reject))
}
