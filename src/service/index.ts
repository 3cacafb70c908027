/**
 * Service: the composition root. It knows every default, and what happens from start to exit.
 *
 *   createService() ─▶ declaration                          (plain JSON; nothing is opened)
 *        └─▶ run() ─▶ settings ─▶ components ─▶ warm-up ─▶ traffic port ─▶ ready
 *                SIGTERM ─▶ unready ─▶ wait ─▶ answers say close ─▶ requests end ─▶ components stop ─▶ exit 0
 *
 *   service.ts       what a program holds                run.ts        the process: environment, signals, exit code
 *   declaration.ts   what it says about itself           standalone.ts one process with its admin port
 *   admin/           probes, health, metrics, warm-up    workers/      several processes under a supervisor
 */
export {
  type ComponentDeclaration,
  type ConfigDeclaration,
  declarationFormat,
  type PortsDeclaration,
  type ProbeDeclaration,
  type ProbesDeclaration,
  type RequestPart,
  type RouteDeclaration,
  type ServiceDeclaration,
} from './declaration.ts'
export type { DefaultMiddleware } from './defaults.ts'
export { exitCode } from './exit-code.ts'
export type { FaultOptions } from './faults/fault-options.ts'
export { inspect } from './inspection.ts'
export type { RunningService, StopReport } from './running-service.ts'
export { createService, type Service } from './service.ts'
export type {
  ConfigurationOptions,
  LatencyObjectives,
  Scale,
  ScaleOptions,
  ServiceLevelOptions,
  ServiceMode,
  ServiceOptions,
  ServiceScheduleOptions,
  Shutdown,
  ShutdownOptions,
} from './service-options.ts'
export type { AddOptions } from './service-parts.ts'
export type { EngineName, ServiceSettings, WorkerCount } from './service-settings.ts'
export type { TelemetryOptions, TracesOptions } from './telemetry/telemetry-options.ts'
export type { WarmupHook, WarmupRun } from './warmup.ts'
