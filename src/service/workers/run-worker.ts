/**
 * A worker: a service in one of several processes, at the orders of their supervisor.
 *
 *   instance starts ─▶ «ready» ─▶ answers questions, leads when told ─▶ «drain», or the supervisor is gone ─▶ exit
 *
 * Signals are the supervisor's business: it alone knows when balancers have noticed, and when the others are ready.
 */
import { onParentGone, onParentMessage, sendToParent } from '../../platform/parent-process.ts'
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import type { DebugOutcome, DebugQuestion } from '../debug/debug-question.ts'
import type { ProcessHost } from '../process-host.ts'
import { ProcessLife } from '../process-life.ts'
import type { RunningService, StopReport } from '../running-service.ts'
import { ServiceInstance } from '../service-instance.ts'
import type { ServiceParts } from '../service-parts.ts'
import type { ServiceSettings } from '../service-settings.ts'
import { planShutdown, type ShutdownPlan } from '../shutdown-plan.ts'
import { answerOperation } from './answer-operation.ts'
import type { FromWorker, ToWorker, WorkerQuestion } from './worker-message.ts'
import type { WorkerRole } from './worker-role.ts'

export interface WorkerOptions {
  readonly parts: ServiceParts
  readonly settings: ServiceSettings
  readonly host: ProcessHost
  readonly role: WorkerRole
}

/** Whoever takes the supervisor's place needs the port: only what is nearly done is finished. */
const orphanPlan: ShutdownPlan = { unreadyMs: 0, lingerMs: 0, finishMs: 3_000, stopMs: 4_500, exitMs: 5_000 }

export async function runWorker(options: WorkerOptions): Promise<RunningService> {
  const worker = new RunningWorker(options)
  await worker.start()
  return worker
}

class RunningWorker implements RunningService {
  /** The supervisor has it. */
  readonly adminUrl = ''
  readonly #parts: ServiceParts
  readonly #instance: ServiceInstance
  readonly #life: ProcessLife
  readonly #stopped = Promise.withResolvers<StopReport>()
  #plan: ShutdownPlan
  #debugging = new AbortController()

  constructor({ parts, settings, host, role: { fd } }: WorkerOptions) {
    const { log } = parts
    this.#parts = parts
    this.#instance = new ServiceInstance(parts, settings, fd === undefined ? { sharedPort: true } : { fd })
    this.#plan = { ...planShutdown(parts.shutdown(settings.mode)), unreadyMs: 0 }
    this.#life = new ProcessLife({ host, log, exitMs: this.#plan.exitMs, stop: () => this.stop() })
    host.onStopSignal(() => {})
    host.onReloadSignal(() => {})
  }

  get url(): string {
    return this.#instance.url
  }

  get stopped(): Promise<StopReport> {
    return this.#stopped.promise
  }

  async start(): Promise<void> {
    this.#life.guardErrors()
    onParentMessage((message) => this.#obey(message as ToWorker))
    onParentGone(() => this.#onOrphaned())
    try {
      await this.#instance.start()
    } catch (error) {
      if (this.#life.isEnding) return new Promise(() => {})
      throw error
    }
    this.#say({ kind: 'ready', url: this.url })
  }

  async stop(): Promise<StopReport> {
    const report = await this.#instance.stop(this.#plan)
    this.#stopped.resolve(report)
    return report
  }

  #obey(message: ToWorker): void {
    if (message.kind === 'lead') void this.#lead()
    else if (message.kind === 'ask') void this.#answer(message.id, message.question)
    else this.#end(message.plan)
  }

  /** What could not be started here may start in another process; this one would be a leader that does not lead. */
  async #lead(): Promise<void> {
    try {
      await this.#parts.leadership.lead()
      this.#parts.log.info('leads')
    } catch (error) {
      this.#life.fail('could not start what only one worker runs', error)
    }
  }

  async #answer(id: number, question: WorkerQuestion): Promise<void> {
    try {
      this.#say({ kind: 'answer', id, value: await this.#valueFor(question) })
    } catch (error) {
      this.#say({ kind: 'refusal', id, error: error instanceof Error ? error.message : 'it threw no error' })
    }
  }

  #valueFor(question: WorkerQuestion): unknown {
    switch (question.kind) {
      case 'alive':
        return true
      case 'health':
        return this.#instance.health()
      case 'metrics':
        return this.#parts.registry.snapshot()
      case 'schedule':
        return this.#parts.schedule?.view()
      case 'warmup':
        return this.#instance.warmup()
      case 'log-level':
        return this.#parts.log.setLevel(question.level)
      case 'faults':
        return this.#parts.faults.adopt(question.faults)
      case 'debug':
        return this.#answerDebug(question.question)
      case 'end-debug':
        return this.#endDebug()
      case 'operation':
        return answerOperation(this.#parts, question)
    }
  }

  async #answerDebug(question: DebugQuestion): Promise<DebugOutcome> {
    const { answerDebug } = await import('../debug/answer-debug.ts')
    const readMetrics = (): MetricsSnapshot => this.#parts.registry.snapshot()
    return answerDebug(question, { readMetrics }, this.#debugging.signal)
  }

  #endDebug(): void {
    this.#debugging.abort()
    this.#debugging = new AbortController()
  }

  #onOrphaned(): void {
    this.#parts.log.error('the supervisor is gone; this worker ends')
    this.#end(orphanPlan)
  }

  #end(plan: ShutdownPlan): void {
    this.#plan = plan
    void this.#life.end(plan.exitMs)
  }

  #say(message: FromWorker): void {
    sendToParent(message)
  }
}
