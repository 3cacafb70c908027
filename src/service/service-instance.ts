/**
 * ServiceInstance: one process's worth of a service, from its first component to its last.
 *
 *   start   components ─▶ warm-up ─▶ traffic port ─▶ ready
 *   stop    unready ─▶ wait ─▶ answers say close, requests end ─▶ components stop in reverse
 *
 *   starting ─▶ ready ─▶ unready ─▶ finishing ─▶ stopping ─▶ stopped
 *       └──────────── failure, or stop() ───────────┘
 */
import type { StopFailure } from '../foundation/lifecycle/lifecycle.ts'
import { loadEngine } from './engines.ts'
import type { StopReport } from './running-service.ts'
import type { ServiceParts } from './service-parts.ts'
import type { ServiceSettings } from './service-settings.ts'
import { planShutdown } from './shutdown-plan.ts'
import { Traffic } from './traffic.ts'
import type { WarmupRun } from './warmup.ts'

export type InstancePhase = 'starting' | 'ready' | 'unready' | 'finishing' | 'stopping' | 'stopped'

/** How the traffic port comes to be, where it is not simply bound. */
export interface PortSharing {
  /** A listening socket that this process has inherited. */
  readonly fd?: number
  readonly sharedPort?: boolean
}

export interface StopOptions {
  /** From now to the end of everything, in milliseconds; default the service's own. */
  readonly graceMs?: number
  /** How long to go on serving first; default the service's own. */
  readonly unreadyMs?: number
}

export class ServiceInstance {
  readonly #parts: ServiceParts
  readonly #settings: ServiceSettings
  readonly #sharing: PortSharing
  /** Ends a start that is under way. */
  readonly #giveUp = new AbortController()
  #phase: InstancePhase = 'starting'
  #starting: Promise<void> | undefined
  #traffic: Traffic | undefined
  #stopping: Promise<StopReport> | undefined

  constructor(parts: ServiceParts, settings: ServiceSettings, sharing: PortSharing = {}) {
    this.#parts = parts
    this.#settings = settings
    this.#sharing = sharing
  }

  get phase(): InstancePhase {
    return this.#phase
  }

  /** Empty until the traffic port is open. */
  get url(): string {
    return this.#traffic?.url ?? ''
  }

  /** @throws what failed, after everything that had started was stopped. */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Stops in order, also from the middle of a start, and says what was lost on the way. It never rejects. */
  stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#stop(options)
    return this.#stopping
  }

  /** Runs the warm-up hooks again. @throws ServiceError `WARMUP_FAILED`. */
  warmup(): Promise<readonly WarmupRun[]> {
    return this.#parts.warmup.run(this.#giveUp.signal)
  }

  async #start(): Promise<void> {
    const { signal } = this.#giveUp
    try {
      await this.#parts.lifecycle.start(signal)
      await this.#parts.warmup.run(signal)
      this.#traffic = await this.#listen()
      signal.throwIfAborted()
    } catch (error) {
      await this.#traffic?.finish({ lingerMs: 0, finishMs: 0 })
      await this.#parts.lifecycle.stop(failedStartGraceMs)
      this.#phase = 'stopped'
      throw error
    }
    this.#phase = 'ready'
  }

  async #listen(): Promise<Traffic> {
    const { app, clock, log, options } = this.#parts
    const { engine, host, port } = this.#settings
    return Traffic.listen(await loadEngine(engine), {
      ...this.#sharing,
      host,
      port,
      clock,
      handler: app.handler,
      ...(options.limits !== undefined && { limits: options.limits }),
      onError: (error) => log.error('the engine caught what nobody answered', { error }),
      onRefused: (error, peer) => log.debug('request refused', { code: error.code, peer: peer.address }),
    })
  }

  async #stop(options: StopOptions): Promise<StopReport> {
    this.#giveUp.abort(new Error('the service stops'))
    const hasStarted = await this.#starting?.then(
      () => true,
      () => false,
    )
    return hasStarted === true ? this.#drain(options) : { droppedRequests: 0, failures: [] }
  }

  async #drain(options: StopOptions): Promise<StopReport> {
    const { clock, lifecycle } = this.#parts
    const plan = planShutdown({ ...this.#parts.shutdown(this.#settings.mode), ...options })
    const startedMs = clock.monotonic()
    this.#phase = 'unready'
    if (plan.unreadyMs > 0) await clock.sleep(plan.unreadyMs)
    this.#phase = 'finishing'
    const droppedRequests = (await this.#traffic?.finish(plan)) ?? 0
    this.#phase = 'stopping'
    const failures: readonly StopFailure[] = await lifecycle.stop(plan.exitMs - (clock.monotonic() - startedMs))
    this.#phase = 'stopped'
    return { droppedRequests, failures }
  }
}

/** A start that failed must not hang. */
const failedStartGraceMs = 5_000
