/**
 * Service: what a program declares, and how it is run.
 *
 *   createService() ─▶ http, add(), onWarmup() … ─▶ run()     the process of a service: environment, signals, workers
 *                                                ├▶ start()   the same inside a test: nothing but what the test says
 *                                                └▶ declaration
 *
 * Up to `run()` nothing is looked up and nothing is opened, so that importing a service costs nothing and fails nowhere.
 */
import type { ClientOf } from '../api/client-of.ts'
import type { Api } from '../api/operation.ts'
import type { Config } from '../config/config.ts'
import type { Component } from '../foundation/lifecycle/component.ts'
import type { App } from '../http/app.ts'
import type { Job, JobOptions } from '../schedule/job-options.ts'
import type { InputOf, OutputOf, Schema } from '../schema/schema.ts'
import type { Logger, LogThreshold } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { ServiceDeclaration } from './declaration.ts'
import { handOver, noteCreated } from './inspection.ts'
import type { Operations } from './operations/operations.ts'
import type { RunningService } from './running-service.ts'
import type { ServiceClientOptions } from './service-clients.ts'
import type { ServiceOptions } from './service-options.ts'
import { type AddOptions, ServiceParts } from './service-parts.ts'
import type { ServiceSettings } from './service-settings.ts'
import type { WarmupHook, WarmupRun } from './warmup.ts'

export interface StartOptions<S extends Schema = Schema> extends Partial<ServiceSettings> {
  /** The service's own settings, in place of files and variables. */
  readonly config?: InputOf<S>
  /** In place of the service's own. */
  readonly log?: Logger
}

export interface ServiceInstruments {
  readonly log: Logger
  readonly meter: Meter
  readonly tracer: Tracer
}

export class Service<S extends Schema = Schema> {
  readonly name: string
  readonly version: string
  readonly http: App
  readonly log: Logger
  readonly meter: Meter
  /** Makes spans of the service's own; see also `traced()`. */
  readonly tracer: Tracer
  /** The three, for what is given them by its options: `createDatabase({ url, ...service.telemetry })`. */
  readonly telemetry: ServiceInstruments
  readonly #parts: ServiceParts

  /** Use `createService()`. */
  constructor(options: ServiceOptions<S>) {
    const parts = new ServiceParts(options)
    this.#parts = parts
    this.name = parts.name
    this.version = parts.version
    this.http = parts.app
    this.log = parts.log
    this.meter = parts.registry
    this.tracer = parts.telemetry.tracer
    this.telemetry = { log: this.log, meter: this.meter, tracer: this.tracer }
    noteCreated(this)
  }

  /**
   * Appends a component: it starts after those before it and stops before them.
   *
   * @throws ServiceError `DUPLICATE_COMPONENT` if the name is taken, `LIFECYCLE_STARTED` once started.
   */
  add(component: Component, options: AddOptions = {}): this {
    this.#parts.add(component, options)
    return this
  }

  /**
   * Puts `component` in the place of the one with its name, as tests do.
   *
   * @throws ServiceError `UNKNOWN_COMPONENT` if there is none, or once started.
   */
  replace(component: Component): this {
    this.#parts.replace(component)
    return this
  }

  /**
   * Adds work that is done before the service becomes ready, and again on `POST /warmup`.
   *
   * @throws ServiceError `DUPLICATE_WARMUP` if the name is taken.
   */
  onWarmup(name: string, hook: WarmupHook): this {
    this.#parts.warmup.add(name, hook)
    return this
  }

  /**
   * The client of another service, with this one's tracer, metrics, log and clock. Where it is and how long a call may take
   * says the environment at the first call: `ORDERS_URL`, `ORDERS_TIMEOUT_MS`, `ORDERS_MAX_CONNECTIONS`.
   *
   * @throws ServiceError `LIFECYCLE_STARTED` if the first of them is asked for when the service has started.
   */
  client<const A extends Api>(api: A, options: ServiceClientOptions): ClientOf<A> {
    return this.#parts.addClients().client(api, options)
  }

  /**
   * Runs `job` at each time that `cron` names: five fields (minute, hour, day, month, day of the week), or six with seconds in
   * front; in `timeZone`, default UTC. Each tick is run by one process of those that share the store (`createService({ schedule })`);
   * a drain waits for it. What cannot be a time is said by the start: `BAD_SCHEDULE`.
   *
   * @throws ServiceError `LIFECYCLE_STARTED` if the first job comes when the service has started.
   */
  schedule(cron: string, job: Job, options: JobOptions): this {
    this.#parts.addSchedule().add({ cron, job, options })
    return this
  }

  /**
   * The service's own settings, once it has started.
   *
   * @throws ServiceError `CONFIG_NOT_LOADED` before that.
   */
  get config(): Config<OutputOf<S>> {
    return this.#parts.configSlot.config as Config<OutputOf<S>>
  }

  /**
   * Changes the level of the log, for now or for `durationMs`; a line says so. In this process only: with several workers
   * `PUT /log-level` of the admin port reaches all.
   *
   * @throws ServiceError `LOG_LEVEL_FIXED` for a logger of your own that has no `setLevel`.
   */
  setLogLevel(level: LogThreshold, durationMs?: number): Promise<void> {
    return this.#parts.logLevel.set(level, { by: 'the service', ...(durationMs !== undefined && { durationMs }) })
  }

  /** Whether this process is the one that runs the singleton components; true where there is only one process. */
  get isSingleton(): boolean {
    return this.#parts.leadership.isLeader
  }

  get declaration(): ServiceDeclaration {
    return this.#parts.declare()
  }

  /**
   * Runs the service as this process: settings from the environment, signals, exit code. Resolves when it is ready, or
   * with several workers when all of them are. A failure to start is logged and ends the process; see the exit codes.
   *
   * @param settings Apply where the environment says nothing.
   */
  async run(settings: Partial<ServiceSettings> = {}): Promise<RunningService> {
    // Under inspection the file has told all it has to tell; what stands behind `run()` expects a running service.
    if (handOver(this)) return new Promise(() => {})
    const { run } = await import('./run.ts')
    return run(this.#parts, settings)
  }

  /**
   * Starts the service for a test: on free ports of the loopback address, in development mode, logging warnings and
   * worse, without a look at the environment, without signals. Options replace these values.
   *
   * @throws what a component, a warm-up hook or a port threw; what had started is stopped.
   */
  async start(options: StartOptions<S> = {}): Promise<RunningService> {
    const { startForTest } = await import('./start-for-test.ts')
    return startForTest(this.#parts, options)
  }

  /**
   * Looks at its messages and sagas, and repairs them, while it does not run: connects to broker and database with settings from the
   * environment, handles nothing, and leaves again. For commands.
   *
   * @throws ServiceError `INVALID_CONFIG`, and what the operation throws.
   */
  async operate<T>(work: (operations: Operations) => Promise<T>): Promise<T> {
    const { operateOnce } = await import('./operations/operate-once.ts')
    return operateOnce(this.#parts, work)
  }

  /**
   * Starts the components, runs the warm-up hooks and stops again, with settings from the environment and without opening
   * a port: a task of its own for an init container.
   *
   * @throws ServiceError `INVALID_CONFIG`, `WARMUP_FAILED`, or what a component threw.
   */
  async warmup(): Promise<readonly WarmupRun[]> {
    const { warmupOnce } = await import('./warmup-once.ts')
    return warmupOnce(this.#parts)
  }
}

/** @throws ServiceError `BAD_SERVICE` for an option that cannot be. */
export function createService<S extends Schema>(options: ServiceOptions<S>): Service<S> {
  return new Service(options)
}
