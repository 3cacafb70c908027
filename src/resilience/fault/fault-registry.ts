/**
 * FaultRegistry: who has a service fail, how, and until when.
 *
 *   inject ─▶ read and checked ─▶ active ─┬─ its time is over ─┬─▶ history, the last 200
 *                │                        ├─ stop(id)          │
 *                ▼                        └─ a guard says so ──┘
 *          apply(all that are active): to this process, or to every worker
 *
 * It decides and remembers; what a fault does to a request stands elsewhere.
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Fault } from './fault.ts'
import { type FaultGuard, verdictOf } from './fault-guard.ts'
import type { TimedFault } from './fault-set.ts'
import { defaultMaxDurationMs, readFault } from './read-fault.ts'

/** A fault that is active, as the admin endpoint shows it: what was asked for, and by whom. */
export interface ActiveFault extends Fault {
  readonly id: string
  readonly service: string
  readonly by: string
  /** The address of whoever asked; empty from inside of the process. */
  readonly from: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly endsAt: string
}

export interface EndedFault extends ActiveFault {
  readonly endedAt: string
  readonly ended: FaultEnding
  /** Who stopped it, or the name of the guard that did. */
  readonly endedBy?: string
  /** What the guard said. */
  readonly why?: string
}

export type FaultEnding = 'time' | 'stopped' | 'guard'

export interface FaultOrigin {
  readonly by: string
  readonly from?: string
}

export interface FaultsView {
  readonly service: string
  readonly limits: { readonly maxDurationMs: number; readonly maxActive: number }
  /** Oldest first. */
  readonly active: readonly ActiveFault[]
  /** What has ended, newest first. */
  readonly history: readonly EndedFault[]
}

export type FaultEvent =
  | { readonly kind: 'injected'; readonly fault: ActiveFault }
  | { readonly kind: 'ended'; readonly fault: EndedFault }

export interface FaultRegistryOptions {
  /** The service's name. */
  readonly service: string
  /** Told of all that are active whenever that changes. */
  readonly apply: (faults: readonly TimedFault[]) => void | Promise<void>
  /** Longest duration; default an hour. */
  readonly maxDurationMs?: number
  readonly clock?: Clock
}

export interface InjectOptions {
  /** Beside those that watch every fault. */
  readonly guards?: readonly FaultGuard[]
}

/** More at once, and nobody knows any more what they see. */
const maxActive = 20
const maxHistory = 200
const guardEveryMs = 1_000

interface Entry {
  readonly fault: ActiveFault
  readonly endsMs: number
  readonly guards: readonly FaultGuard[]
  readonly cancelTimer: CancelTimer
}

export class FaultRegistry {
  readonly #options: FaultRegistryOptions
  readonly #clock: Clock
  readonly #maxDurationMs: number
  readonly #active = new Map<string, Entry>()
  readonly #guards = new Set<FaultGuard>()
  readonly #listeners = new Set<(event: FaultEvent) => void>()
  #history: readonly EndedFault[] = []
  #made = 0
  #cancelWatch: CancelTimer | undefined

  constructor(options: FaultRegistryOptions) {
    const { clock = systemClock, maxDurationMs = defaultMaxDurationMs } = options
    this.#options = options
    this.#clock = clock
    this.#maxDurationMs = maxDurationMs
  }

  view(): FaultsView {
    const { service } = this.#options
    const limits = { maxDurationMs: this.#maxDurationMs, maxActive }
    const active = Array.from(this.#active.values(), ({ fault }) => fault)
    return { service, limits, active, history: this.#history }
  }

  /** What is active, for a process that has just come. */
  timed(): readonly TimedFault[] {
    const nowMs = this.#clock.monotonic()
    return Array.from(this.#active.values(), ({ fault, endsMs }) => ({ id: fault.id, fault, leftMs: endsMs - nowMs }))
  }

  /**
   * Resolves when every process has it.
   *
   * @param fault As it was sent, or a `Fault`.
   * @throws ServiceError `BAD_FAULT` (400), `FAULT_ELSEWHERE` (409) for another service, `TOO_MANY_FAULTS` (409).
   */
  async inject(fault: unknown, origin: FaultOrigin, { guards = [] }: InjectOptions = {}): Promise<ActiveFault> {
    const { service } = this.#options
    const asked = readFault(fault, { maxDurationMs: this.#maxDurationMs })
    if (asked.target?.service !== undefined && asked.target.service !== service) throw elsewhere(service)
    if (this.#active.size >= maxActive) throw tooMany()
    const active = this.#start(asked, origin, guards)
    await this.#apply()
    return active
  }

  /** @throws ServiceError `UNKNOWN_FAULT` (404) for one that is not active. */
  async stop(id: string, { by }: FaultOrigin): Promise<EndedFault> {
    const ended = this.#end(id, { ended: 'stopped', endedBy: by })
    if (ended === undefined) throw unknownFault()
    await this.#apply()
    return ended
  }

  /** Ends all of them. */
  async stopAll({ by }: FaultOrigin): Promise<readonly EndedFault[]> {
    const ended = [...this.#active.keys()].flatMap((id) => this.#end(id, { ended: 'stopped', endedBy: by }) ?? [])
    await this.#apply()
    return ended
  }

  /** Watches every fault from now on. Returns its own unsubscribe. */
  guard(guard: FaultGuard): () => void {
    this.#guards.add(guard)
    this.#watch()
    return () => this.#guards.delete(guard)
  }

  /** Tells who has injected and what has ended. Returns its own unsubscribe. */
  onEvent(listener: (event: FaultEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #start(asked: Fault, { by, from = '' }: FaultOrigin, guards: readonly FaultGuard[]): ActiveFault {
    const id = `f${++this.#made}`
    const nowMs = this.#clock.now()
    const fault: ActiveFault = {
      ...asked,
      id,
      service: this.#options.service,
      by,
      from,
      startedAt: isoOf(nowMs),
      endsAt: isoOf(nowMs + asked.durationMs),
    }
    const endsMs = this.#clock.monotonic() + asked.durationMs
    const cancelTimer = this.#clock.schedule(asked.durationMs, () => this.#endNow(id, { ended: 'time' }))
    this.#active.set(id, { fault, endsMs, guards, cancelTimer })
    this.#tell({ kind: 'injected', fault })
    this.#watch()
    return fault
  }

  #end(id: string, how: Pick<EndedFault, 'ended' | 'endedBy' | 'why'>): EndedFault | undefined {
    const entry = this.#active.get(id)
    if (entry === undefined) return undefined
    entry.cancelTimer()
    this.#active.delete(id)
    const fault = { ...entry.fault, ...how, endedAt: isoOf(this.#clock.now()) }
    this.#history = [fault, ...this.#history].slice(0, maxHistory)
    this.#tell({ kind: 'ended', fault })
    return fault
  }

  /** Nobody waits for it. A process that does not hear of it ends the fault by itself when its time is over. */
  #endNow(id: string, how: Pick<EndedFault, 'ended' | 'endedBy' | 'why'>): void {
    if (this.#end(id, how) !== undefined) void this.#apply().catch(() => {})
  }

  async #apply(): Promise<void> {
    await this.#options.apply(this.timed())
  }

  /** While there is something to watch and somebody who does. */
  #watch(): void {
    const isNeeded = Array.from(this.#active.values()).some(({ guards }) => guards.length + this.#guards.size > 0)
    if (!isNeeded || this.#cancelWatch !== undefined) return
    this.#cancelWatch = this.#clock.schedule(guardEveryMs, () => void this.#askGuards())
  }

  async #askGuards(): Promise<void> {
    for (const { fault, guards } of [...this.#active.values()]) {
      for (const guard of [...guards, ...this.#guards]) {
        const why = await verdictOf(guard, fault)
        if (why !== undefined) this.#endNow(fault.id, { ended: 'guard', endedBy: guard.name, why })
      }
    }
    this.#cancelWatch = undefined
    this.#watch()
  }

  #tell(event: FaultEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

function elsewhere(service: string): ServiceError {
  return new ServiceError('FAULT_ELSEWHERE', `The fault names another service than this one, which is '${service}'.`, {
    status: 409,
  })
}

function tooMany(): ServiceError {
  return new ServiceError('TOO_MANY_FAULTS', `${maxActive} faults are active, and no more may be: stop some first.`, {
    status: 409,
    retryable: false,
  })
}

function unknownFault(): ServiceError {
  return new ServiceError('UNKNOWN_FAULT', 'No fault with this id is active; GET /faults lists them.', { status: 404 })
}
