/** ServiceParts: what a service consists of, put together from its options; for those who run it. */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import { Lifecycle } from '../foundation/lifecycle/lifecycle.ts'
import { HealthRegistry } from '../health/health-registry.ts'
import { type App, createApp } from '../http/app.ts'
import { TrustedPeers } from '../http/request/trusted-peers.ts'
import type { SheddingOptions } from '../http/shedding.ts'
import { Registry } from '../telemetry/registry.ts'
import { ConfigSlot } from './config-slot.ts'
import {
  declarationFormat,
  declareConfig,
  declareRoute,
  defaultPorts,
  probes,
  type ServiceDeclaration,
} from './declaration.ts'
import { defaultMiddleware } from './defaults.ts'
import { ServiceFaults } from './faults/service-faults.ts'
import { LateLogger } from './late-logger.ts'
import { LogLevelSwitch } from './log-level-switch.ts'
import { type Operations, operableKinds } from './operations/operations.ts'
import { ScheduleComponent } from './schedule-component.ts'
import { ServiceClients } from './service-clients.ts'
import { ServiceDoor } from './service-door.ts'
import { createServiceLogger } from './service-logger.ts'
import {
  checkName,
  checkServiceLevel,
  resolveScale,
  resolveShutdown,
  type Scale,
  type ServiceLevelOptions,
  type ServiceMode,
  type ServiceOptions,
  type Shutdown,
} from './service-options.ts'
import type { ServiceSettings } from './service-settings.ts'
import { SettingsView } from './settings-view.ts'
import { Leadership, SingletonComponent } from './singleton.ts'
import { SloComponent, type SloComponentOptions } from './slo-component.ts'
import { ServiceTelemetry } from './telemetry/service-telemetry.ts'
import { Warmup } from './warmup.ts'

export interface AddOptions {
  /** Start it in one of the processes only, and in another one when that is gone. Default false: in all. */
  readonly singleton?: boolean
  /** Whether the service is useless without it: `DOWN` and not ready when it is `DOWN`, else `DEGRADED`. Default true. */
  readonly critical?: boolean
}

export class ServiceParts {
  readonly name: string
  readonly version: string
  readonly options: ServiceOptions
  readonly clock: Clock
  readonly app: App
  readonly log: LateLogger
  readonly logLevel: LogLevelSwitch
  readonly registry: Registry
  readonly telemetry: ServiceTelemetry
  readonly faults: ServiceFaults
  /** Undefined where nothing is promised, or measured. */
  readonly slo: SloComponent | undefined
  readonly lifecycle: Lifecycle
  readonly warmup: Warmup
  readonly leadership: Leadership = new Leadership()
  readonly clients: ServiceClients
  /** Undefined where nothing is scheduled. */
  schedule: ScheduleComponent | undefined
  readonly configSlot: ConfigSlot<unknown> = new ConfigSlot()
  readonly settingsView: SettingsView = new SettingsView()
  readonly health: HealthRegistry
  readonly #peers: TrustedPeers
  readonly #door: ServiceDoor | undefined
  readonly #slo: ServiceLevelOptions | undefined
  readonly #scale: Scale
  readonly #singletons = new Set<string>()
  /** Components that operators have commands for, by name. */
  readonly #operable = new Map<string, Component>()
  #operations: Promise<Operations> | undefined
  #mode: ServiceMode | undefined

  constructor(options: ServiceOptions) {
    const { name, version = '0.0.0', clock = systemClock, tracer } = options
    this.name = checkName(name)
    this.version = version
    this.options = options
    this.clock = clock
    // What cannot be is said at once, not by whoever prints or runs the service later.
    this.#slo = options.slo === undefined ? undefined : checkServiceLevel(options.slo)
    this.#scale = resolveScale(options.scale)
    this.#peers = new TrustedPeers(options.trustedPeers)
    this.shutdown('production')
    // Before a start only tests ask anything; what goes wrong is told, each request is not.
    this.log = new LateLogger(() => options.log ?? createServiceLogger({ name, version, level: 'warn' }))
    this.logLevel = new LogLevelSwitch({ log: this.log, clock })
    const onSeriesLimit = (metric: string): void =>
      this.log.warn('a metric has too many series; those beyond its limit share one', { metric })
    this.registry = new Registry({ clock, onSeriesLimit })
    const { log, registry: meter } = this
    const telemetry = options.telemetry ?? {}
    this.telemetry = new ServiceTelemetry({
      ...{ name, version, options: telemetry, tracer, meter, log, clock },
      readMetrics: () => meter.snapshot(),
    })
    this.clients = new ServiceClients({ tracer: this.telemetry.tracer, meter, log, clock })
    this.faults = new ServiceFaults({ name, options: options.faults ?? {}, meter, log, clock })
    this.warmup = new Warmup(clock)
    this.lifecycle = new Lifecycle({ clock })
    this.health = new HealthRegistry({ clock })
    if (options.config !== undefined) this.add(this.configSlot, { critical: false })
    this.slo = this.sloOver(() => meter.snapshot())
    if (this.slo !== undefined) this.add(this.slo, { critical: false })
    for (const component of options.components ?? []) this.add(component)
    const onFault = (error: unknown): void => this.log.error('an answer could not be written', { error })
    const { shedding = {} } = options
    if (shedding !== false) this.#door = this.#openDoor(shedding)
    const trustedPeers = this.#peers
    this.app = createApp({ clock, onFault, shedding: this.#door?.shedding ?? false, trustedPeers, ...options.http })
    if (options.middleware !== false) {
      const logsRequests = (): boolean => this.#mode === 'development'
      const parts = { clock, log, meter, tracer: this.telemetry.tracer, faults: this.faults.layer, logsRequests }
      this.app.use(...defaultMiddleware(options.middleware ?? {}, parts))
    }
  }

  /**
   * From now on it runs, as these settings say.
   *
   * @throws ServiceError `SERVICE_STARTED` the second time: components and routes are those of one life.
   */
  begin({ mode, faults }: Pick<ServiceSettings, 'mode' | 'faults'>): void {
    if (this.#mode !== undefined) {
      throw new ServiceError('SERVICE_STARTED', `Service '${this.name}' was started before; make a new one.`)
    }
    this.#mode = mode
    // On a developer's machine whoever asks is the developer, or another service of theirs.
    if (mode === 'development' && this.options.trustedPeers === undefined) this.#peers.trustNetworks(['loopback'])
    if (faults === 'on') this.faults.allow()
  }

  #openDoor(shedding: SheddingOptions): ServiceDoor {
    const { clock, log, registry: meter } = this
    const countsRequests = measuresRequests(this.options)
    const door = new ServiceDoor({ shedding, clock, log, meter, countsRequests, view: () => this.app.admission })
    this.health.add({ name: 'admission', critical: false, check: () => door.health() })
    return door
  }

  add(component: Component, { singleton = false, critical = true }: AddOptions = {}): void {
    const { name } = component
    this.lifecycle.add(singleton ? new SingletonComponent(component, this.leadership) : component)
    if (singleton) this.#singletons.add(name)
    this.#noteOperable(component)
    this.health.add({ name, critical, check: (signal) => this.#healthOf(name, signal) })
  }

  /** They stand where the first of them was asked for: what is added later stops before they are closed. */
  addClients(): ServiceClients {
    if (this.clients.names.length === 0) this.add(this.clients, { critical: false })
    return this.clients
  }

  /** It stands where the first job was given; a store that workers do not share is asked by one of them. */
  addSchedule(): ScheduleComponent {
    if (this.schedule !== undefined) return this.schedule
    const { clock, log, registry: meter, options } = this
    const { tracer } = this.telemetry
    const schedule = new ScheduleComponent({ ...options.schedule, clock, log, meter, tracer })
    this.add(schedule, { critical: false, singleton: options.schedule?.store?.isShared !== true })
    this.schedule = schedule
    return schedule
  }

  /** What runs in one process only stays so. */
  replace(component: Component): void {
    const isSingleton = this.#singletons.has(component.name)
    this.lifecycle.replace(isSingleton ? new SingletonComponent(component, this.leadership) : component)
    this.#noteOperable(component)
  }

  /** Whether there is anything that operators look at and repair. */
  get isOperable(): boolean {
    return this.#operable.size > 0
  }

  get operable(): readonly Component[] {
    return [...this.#operable.values()]
  }

  /** On the components of this process; loaded when it is first asked for. */
  operations(): Promise<Operations> {
    this.#operations ??= import('./operations/component-operations.ts').then(
      ({ ComponentOperations }) => new ComponentOperations(this.name, [...this.#operable.values()]),
    )
    return this.#operations
  }

  #noteOperable(component: Component): void {
    this.#operable.delete(component.name)
    if (operableKinds.includes(component.kind ?? '')) this.#operable.set(component.name, component)
  }

  /** Asked by name, since the component may have been replaced. */
  #healthOf(name: string, signal: AbortSignal): ComponentHealth | Promise<ComponentHealth> {
    const component = this.lifecycle.components.find((candidate) => candidate.name === name)
    return component?.health?.(signal) ?? { status: 'UP' }
  }

  /** The error budgets over what `read` gives: one process, or all workers. */
  sloOver(read: SloComponentOptions['read']): SloComponent | undefined {
    const { name, clock, options } = this
    if (this.#slo === undefined || !measuresRequests(options)) return undefined
    return new SloComponent({ declaration: { name, slo: this.#slo }, read, clock })
  }

  shutdown(mode: ServiceMode): Shutdown {
    return resolveShutdown(this.options.shutdown, mode)
  }

  declare(): ServiceDeclaration {
    const { config, engine = 'sockets', workers = 1 } = this.options
    return {
      format: declarationFormat,
      name: this.name,
      version: this.version,
      ports: defaultPorts,
      probes,
      routes: this.app.routes().map(declareRoute),
      ...(this.#slo !== undefined && { slo: this.#slo }),
      scale: this.#scale,
      shutdown: this.shutdown('production'),
      engine,
      workers,
      ...(config !== undefined && { config: declareConfig(this.name, config) }),
      ...(this.clients.names.length > 0 && { upstreams: this.clients.names }),
      ...(this.schedule !== undefined && { jobs: this.schedule.names }),
      components: this.lifecycle.components.map(({ name }) => ({ name, singleton: this.#singletons.has(name) })),
      warmup: this.warmup.names,
    }
  }
}

/** Without the metrics layer there is nothing that a promise could be held against. */
function measuresRequests({ middleware }: ServiceOptions): boolean {
  return middleware !== false && middleware?.metrics !== false
}
