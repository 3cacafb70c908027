/**
 * What a service is told about itself. Everything here is declared and nothing looked up: no environment, no clock, no
 * socket. What depends on the place where it runs stands in `service-settings.ts`.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Component } from '../foundation/lifecycle/component.ts'
import type { AppOptions } from '../http/app.ts'
import type { TrustedPeerOptions } from '../http/request/trusted-peers.ts'
import type { SheddingOptions } from '../http/shedding.ts'
import type { ScheduleStore } from '../schedule/schedule-store.ts'
import type { Schema } from '../schema/schema.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { WireLimits } from '../wire/limits.ts'
import type { DefaultMiddleware } from './defaults.ts'
import type { FaultOptions } from './faults/fault-options.ts'
import type { LoggingOptions } from './logging-options.ts'
import type { EngineName, WorkerCount } from './service-settings.ts'
import type { TelemetryOptions } from './telemetry/telemetry-options.ts'

export interface ServiceOptions<S extends Schema = Schema> {
  /** A DNS label: it becomes a host name, a label of metrics and the name of what is deployed. */
  readonly name: string
  /** Of the program; default `0.0.0`. */
  readonly version?: string
  readonly slo?: ServiceLevelOptions
  readonly scale?: ScaleOptions
  readonly shutdown?: ShutdownOptions
  /** The service's own settings; `service.config` has them, typed by the schema. */
  readonly config?: ConfigurationOptions<S>
  readonly http?: AppOptions
  /** Of connections and requests on the traffic port. */
  readonly limits?: Partial<WireLimits>
  /** What turns connections into requests where the environment does not say; default `sockets`. */
  readonly engine?: EngineName
  /** Processes that serve where the environment does not say; default 1. */
  readonly workers?: WorkerCount
  /** Turns away what cannot be done in time; on with all defaults, `false` switches it off. */
  readonly shedding?: SheddingOptions | false
  /** Whose word about a request's priority and tenant is believed. Default nobody's; in development that of this machine. */
  readonly trustedPeers?: TrustedPeerOptions
  /** The layers that every request passes first; `false` for none. */
  readonly middleware?: DefaultMiddleware | false
  /** How the service may be made to fail on purpose; whether it may at all, the environment says (`FAULTS`). */
  readonly faults?: FaultOptions
  /** Whether `/openapi.json` and a page to read it, `/docs`, are served; default in development only. */
  readonly openapi?: boolean
  /** Where the processes of this service agree who runs which job of `service.schedule()`. */
  readonly schedule?: ServiceScheduleOptions
  /** In the order in which they start; `add` appends. */
  readonly components?: readonly Component[]
  /** Takes the log lines; default standard output, in the form and level that the environment asks for. */
  readonly log?: Logger
  /** What lines hide, which repeat too often, and where they go, in place of `log`. */
  readonly logging?: LoggingOptions
  /** Where telemetry goes, and how much of it; default what the environment's `OTEL_*` variables ask for. */
  readonly telemetry?: TelemetryOptions
  /** In place of the one that `telemetry` describes. */
  readonly tracer?: Tracer
  /** Time for deadlines, metrics and health. Sockets, shutdown and workers keep to the machine's. */
  readonly clock?: Clock
}

export interface ServiceScheduleOptions {
  /** Default memory: each replica runs every tick, and of several workers one does. */
  readonly store?: ScheduleStore
  /** After so long without a word a process is taken for dead, and its run is begun anew; in milliseconds, default 10,000. */
  readonly leaseMs?: number
}

export interface ConfigurationOptions<S extends Schema = Schema> {
  /** What the settings must be; of any library that speaks Standard Schema. */
  readonly schema: S
  /**
   * Variables and the settings that they are, such as `{ DATABASE_URL: 'database.url' }`. Beside them every variable that
   * begins with the service's name is one, such as `ORDERS__DATABASE__URL`.
   */
  readonly variables?: Readonly<Record<string, string>>
  /** Settings that are never shown, such as `database.url`, beside those whose name says it. */
  readonly secrets?: readonly string[]
}

/** Objectives that alerts, dashboards and the release gate are computed from. */
export interface ServiceLevelOptions {
  /** Share of requests that must not fail with 5xx, above 0 and below 1, such as `0.999`. */
  readonly availability?: number
  readonly latency?: LatencyObjectives
}

/** Largest acceptable latency by percentile, in milliseconds. */
export interface LatencyObjectives {
  readonly p50Ms?: number
  readonly p95Ms?: number
  readonly p99Ms?: number
}

/** How many replicas, and what makes them more. */
export interface ScaleOptions {
  /** Replicas that always run; default 2, so that one can be replaced while another serves. */
  readonly min?: number
  /** Replicas at most; default 10, or `min` if that is more. */
  readonly max?: number
  /** Share of the requested CPU that is aimed at, above 0 and at most 1; default 0.7 if nothing else is aimed at. */
  readonly cpu?: number
  /** Share of the requested memory that is aimed at, above 0 and at most 1. */
  readonly memory?: number
  /** Metrics of the service by name, with the value per replica that is aimed at. */
  readonly custom?: Readonly<Record<string, number>>
}

export type Scale = Omit<ScaleOptions, 'min' | 'max'> & Required<Pick<ScaleOptions, 'min' | 'max'>>

export interface ShutdownOptions {
  /** From the signal to the exit; what has not ended by then is dropped. Default 30,000, as in Kubernetes. */
  readonly graceMs?: number
  /**
   * How long the service goes on serving while it says that it is not ready, so that balancers notice; part of
   * `graceMs`. Default 5,000 in production, 0 in development. Too short, and clients see refused connections.
   */
  readonly unreadyMs?: number
}

export type Shutdown = Required<ShutdownOptions>

/** Where the service runs: `production` hides stacks, waits for balancers and listens to the outside. */
export type ServiceMode = 'development' | 'production'

/** A label of DNS (RFC 1123): the name is used as a host name and in Kubernetes. */
const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** @throws ServiceError `BAD_SERVICE` unless `name` can be a host name. */
export function checkName(name: string): string {
  if (dnsLabel.test(name)) return name
  throw badService(
    `name: expected 1 to 63 lower-case letters, digits and '-' (a DNS label), got '${name.slice(0, 64)}'`,
  )
}

/** @throws ServiceError `BAD_SERVICE` unless the share lies between 0 and 1 and the latencies are positive. */
export function checkServiceLevel(slo: ServiceLevelOptions): ServiceLevelOptions {
  const { availability, latency = {} } = slo
  if (availability !== undefined && !(availability > 0 && availability < 1)) {
    throw badService(`slo.availability: expected a share above 0 and below 1, such as 0.999, got ${availability}`)
  }
  for (const [percentile, limitMs] of Object.entries(latency)) requirePositive(`slo.latency.${percentile}`, limitMs)
  return slo
}

/** Defaults put in. @throws ServiceError `BAD_SERVICE` for numbers that contradict each other. */
export function resolveScale(scale: ScaleOptions = {}): Scale {
  const { min = 2 } = scale
  const { max = Math.max(10, min) } = scale
  if (!Number.isInteger(min) || min < 0 || !Number.isInteger(max) || max < Math.max(1, min)) {
    throw badService(`scale: expected whole numbers 0 <= min <= max, got min ${min} and max ${max}`)
  }
  const { cpu, memory, custom } = scale
  requireShare('scale.cpu', cpu)
  requireShare('scale.memory', memory)
  for (const [metric, target] of Object.entries(custom ?? {})) requirePositive(`scale.custom.${metric}`, target)
  const aimsAtNothing = cpu === undefined && memory === undefined && custom === undefined
  return { ...scale, min, max, ...(aimsAtNothing && { cpu: 0.7 }) }
}

/** Defaults put in. @throws ServiceError `BAD_SERVICE` if the times do not fit into each other. */
export function resolveShutdown(shutdown: ShutdownOptions = {}, mode: ServiceMode = 'production'): Shutdown {
  const { graceMs = 30_000 } = shutdown
  requirePositive('shutdown.graceMs', graceMs)
  const { unreadyMs = mode === 'production' ? Math.min(5_000, graceMs / 2) : 0 } = shutdown
  if (!(unreadyMs >= 0 && unreadyMs < graceMs)) {
    throw badService(`shutdown.unreadyMs: expected 0 or more and less than graceMs (${graceMs}), got ${unreadyMs}`)
  }
  return { graceMs, unreadyMs }
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw badService(`${name}: expected a number above 0, got ${value}`)
}

function requireShare(name: string, value: number | undefined): void {
  if (value === undefined || (value > 0 && value <= 1)) return
  throw badService(`${name}: expected a share above 0 and at most 1, such as 0.6, got ${value}`)
}

function badService(problem: string): ServiceError {
  return new ServiceError('BAD_SERVICE', `createService() was given an option that cannot be: ${problem}.`)
}
