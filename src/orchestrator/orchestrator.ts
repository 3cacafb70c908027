/** Orchestrator: the services of a workspace as processes on this machine, from the first launch to the last exit. */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { guardedCommand } from '../platform/guarded-command.ts'
import { type ProcessUsage, processUsage } from '../platform/process-usage.ts'
import { runtimeName } from '../platform/runtime.ts'
import type { OrchestratorEvent, ServiceSnapshot, WrittenLine } from './event.ts'
import { type Launch, launchWith } from './launch.ts'
import { environmentOf, type PlacedService, placeServices, urlOf } from './placement.ts'
import { httpProbe, type Probe, waitUntilReady } from './readiness.ts'
import { ServiceRunner } from './service-runner.ts'
import type { Workspace } from './workspace.ts'

export interface OrchestratorOptions {
  readonly workspace: Workspace
  /** How a service becomes a process; default the runtime that the workspace names, else the one that runs now. */
  readonly launch?: Launch
  /** Given to every service beneath its own variables; default nothing. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * Time in which everything has drained and ended; what is left then is killed. Default 8,000. One process gets 60 % of it,
   * so that one that hangs leaves time for those that wait for its end.
   */
  readonly graceMs?: number
  /** Asks whether a service is ready; default an HTTP request to `/readyz` on its admin port. */
  readonly probe?: Probe
  readonly clock?: Clock
}

const processShare = 0.6
const keptLines = 500

export class Orchestrator {
  readonly workspace: Workspace
  readonly #launch: Launch
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #graceMs: number
  readonly #probe: Probe
  readonly #clock: Clock
  readonly #runners = new Map<string, ServiceRunner>()
  readonly #output = new Map<string, WrittenLine[]>()
  readonly #listeners = new Set<(event: OrchestratorEvent) => void>()
  #stopping: Promise<void> | undefined

  /** @throws ServiceError `RUNTIME_NOT_FOUND` */
  constructor({
    workspace,
    launch = launchWith(guardedCommand(workspace.runtime ?? runtimeName)),
    env = {},
    graceMs = 8_000,
    probe = httpProbe,
    clock = systemClock,
  }: OrchestratorOptions) {
    this.workspace = workspace
    this.#launch = launch
    this.#env = env
    this.#graceMs = graceMs
    this.#probe = probe
    this.#clock = clock
  }

  /** Every service as it is now, in the order of their start; empty before `start`. */
  get services(): readonly ServiceSnapshot[] {
    return [...this.#runners.values()].map((runner) => runner.snapshot)
  }

  /** Tells of every change of state and every line of output. Returns its own unsubscribe. */
  onEvent(listener: (event: OrchestratorEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Launches every service once those it needs are ready, and keeps them alive from then on. Resolves when all have been
   * ready; a service that crashes meanwhile is tried again, so this may wait for a correction of its source.
   *
   * @throws the signal's reason when it aborts; what was launched goes on until `stop`.
   * @throws ServiceError `PORT_TAKEN` when a declared port is in use.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const services = await placeServices(this.workspace.services)
    signal?.throwIfAborted()
    if (this.#stopping !== undefined) return
    for (const service of services) this.#runners.set(service.name, this.#runnerOf(service, services))
    for (const service of services) this.#startAfterNeeds(service)
    await abortable(Promise.all([...this.#runners.values()].map((runner) => runner.firstReady)), signal)
  }

  /**
   * Replaces the process of a service by a new one. Nothing happens before `start` and after `stop`.
   *
   * @throws ServiceError `UNKNOWN_SERVICE` if the workspace has none of that name.
   */
  restart(name: string, reason: string): void {
    if (this.#runners.size > 0) this.#runner(name).restart(reason)
  }

  /**
   * Ends the process of a service and keeps it ended, whatever changes. Resolves when it is gone.
   *
   * @throws ServiceError `UNKNOWN_SERVICE`
   */
  async stopService(name: string): Promise<void> {
    if (this.#runners.size > 0) await this.#runner(name).stop()
  }

  /**
   * Starts a service again that was stopped; one that waits after a crash starts at once. Nothing happens before `start`
   * and after `stop`.
   *
   * @throws ServiceError `UNKNOWN_SERVICE`
   */
  startService(name: string): void {
    if (this.#runners.size > 0 && this.#stopping === undefined) this.#runner(name).resume()
  }

  /** What a service wrote lately, ascending: the last 500 lines. */
  output(name: string): readonly WrittenLine[] {
    return this.#output.get(name) ?? []
  }

  /** CPU time and memory of the processes of a service; undefined while it has none. */
  async usage(name: string): Promise<ProcessUsage | undefined> {
    const pid = this.#runners.get(name)?.snapshot.pid
    return pid === undefined ? undefined : processUsage(pid)
  }

  /**
   * Ends everything, first those that nobody needs. Resolves when no process is left, which is soon after `graceMs` at the
   * latest. Called again, it returns the first call's promise.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<void> {
    const cancelKill = this.#clock.schedule(this.#graceMs, () => this.kill())
    const stopped = new Map<string, Promise<void>>()
    for (const { name } of this.workspace.services.toReversed()) {
      const dependents = this.workspace.services.filter((service) => service.needs.includes(name))
      const before = Promise.all(dependents.map((dependent) => stopped.get(dependent.name)))
      stopped.set(
        name,
        before.then(() => this.#runners.get(name)?.stop()),
      )
    }
    await Promise.all(stopped.values())
    cancelKill()
  }

  /** Ends every process group at once, without a chance to drain. */
  kill(): void {
    for (const runner of this.#runners.values()) runner.kill()
  }

  #runner(name: string): ServiceRunner {
    const runner = this.#runners.get(name)
    if (runner !== undefined) return runner
    const known = this.workspace.services.map((service) => service.name).join(', ')
    throw new ServiceError('UNKNOWN_SERVICE', `There is no service '${name}' in this workspace; there are ${known}.`)
  }

  #startAfterNeeds({ name, needs }: PlacedService): void {
    const needed = needs.map((need) => this.#runner(need).firstReady)
    void Promise.all(needed).then(() => this.#runner(name).start())
  }

  #runnerOf(service: PlacedService, all: readonly PlacedService[]): ServiceRunner {
    const { name } = service
    const adminUrl = urlOf(service.adminPort)
    const env = { ...defined(this.#env), ...environmentOf(service, all) }
    return new ServiceRunner({
      name,
      url: urlOf(service.port),
      adminUrl,
      launch: () =>
        this.#launch({
          entry: service.entry,
          directory: this.workspace.directory,
          env,
          onLine: (stream, text) => this.#noteLine(name, stream, text),
        }),
      untilReady: (signal) =>
        waitUntilReady({ url: `${adminUrl}/readyz`, signal, clock: this.#clock, probe: this.#probe }),
      onChange: (snapshot, note) => this.#tell({ kind: 'state', service: snapshot, note }),
      graceMs: this.#graceMs * processShare,
      clock: this.#clock,
    })
  }

  #noteLine(name: string, stream: WrittenLine['stream'], text: string): void {
    const lines = this.#output.get(name) ?? []
    lines.push({ atMs: this.#clock.now(), stream, text })
    if (lines.length > keptLines) lines.shift()
    this.#output.set(name, lines)
    this.#tell({ kind: 'line', name, stream, text })
  }

  #tell(event: OrchestratorEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Waits for `work`, but no longer than until `signal` aborts. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const { promise: abortion, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, abortion])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
