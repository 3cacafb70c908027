/** What a service is told by the place where it runs: by its environment, or by a test. */
import type { LogThreshold } from '../telemetry/logger.ts'
import type { ServiceMode } from './service-options.ts'

export type EngineName = 'sockets' | 'native' | 'libc'

/** `auto` is one for each CPU that the process may use, fewer where memory does not hold them (128 MiB each), as its control group limits both. */
export type WorkerCount = 'auto' | number

export interface ServiceSettings {
  readonly mode: ServiceMode
  /** Address of the traffic port. Default `127.0.0.1` in development, `0.0.0.0` in production. */
  readonly host: string
  /** Default 8080; 0 takes a free one. */
  readonly port: number
  /** Address of the admin port. Default `127.0.0.1` in development, `0.0.0.0` in production, where kubelets probe it. */
  readonly adminHost: string
  /** Default 9090; 0 takes a free one. */
  readonly adminPort: number
  /** What `POST /warmup`, `/log-level`, `/faults`, `/messages`, `/outbox`, `/sagas` and `/debug` must present as bearer token; without one they are refused. */
  readonly adminToken: string | undefined
  /** Names, separated by commas, under which the admin port may be called beside addresses and private names. */
  readonly adminNames: string | undefined
  readonly engine: EngineName
  /** Processes that serve; with more than one, a supervisor starts them. Default 1. */
  readonly workers: WorkerCount
  readonly logLevel: LogThreshold
  /** Default `pretty` in development on a terminal, else `json`. */
  readonly logFormat: 'json' | 'pretty' | 'ecs' | 'loki'
  /** A file for the log in place of standard output; it is replaced when it is large or old. Default none. */
  readonly logFile: string | undefined
  /** A file that exists exactly while the service is ready, for probes that run a command. Default none. */
  readonly readyFile: string | undefined
  /** A Prometheus that evaluates the rules of `genever slo`; asked when `/slo` is. Default none. */
  readonly prometheusUrl: string | undefined
  /** Whether the service can be told to fail on purpose. Default in development only. */
  readonly faults: 'on' | 'off'
  /** Whether `/messages`, `/outbox` and `/sagas` of the admin port show what is under way, and let it be repaired. Default in development only. */
  readonly operations: 'on' | 'off'
  /** Whether `/debug` of the admin port shows what goes on inside. Default in development only. */
  readonly profiles: 'on' | 'off'
  /** Networks, separated by commas, from which it may be asked, beside the token; `loopback` and `private` are names of some. Default any. */
  readonly profilesNetworks: string | undefined
}

export type SettingsDefaults = Partial<Pick<ServiceSettings, 'engine' | 'workers'>>

/** Puts defaults in for what was not given; they depend on the mode and, for the log's form, on who reads it. */
export function resolveSettings(
  given: Partial<ServiceSettings>,
  { engine = 'sockets', workers = 1, isTerminal = false }: SettingsDefaults & { isTerminal?: boolean } = {},
): ServiceSettings {
  const { mode = 'development' } = given
  const anyInterface = '0.0.0.0'
  const loopback = '127.0.0.1'
  return {
    mode,
    host: mode === 'production' ? anyInterface : loopback,
    port: 8080,
    adminHost: mode === 'production' ? anyInterface : loopback,
    adminPort: 9090,
    adminToken: undefined,
    adminNames: undefined,
    engine,
    workers,
    logLevel: 'info',
    logFormat: mode === 'development' && isTerminal ? 'pretty' : 'json',
    logFile: undefined,
    readyFile: undefined,
    prometheusUrl: undefined,
    faults: mode === 'production' ? 'off' : 'on',
    profiles: mode === 'production' ? 'off' : 'on',
    profilesNetworks: undefined,
    operations: mode === 'production' ? 'off' : 'on',
    ...given,
  }
}
