/**
 * ServiceClients: the clients of the services that this one calls. They get its tracer, meter, log and clock, and what the
 * environment says of each service, at their first call; they are closed when the service has stopped.
 *
 *   ORDERS_URL                http://10.0.0.1:8080,http://10.0.0.2:8080
 *   ORDERS_TIMEOUT_MS         for a call, from its start to the end of the answer
 *   ORDERS_MAX_CONNECTIONS    to each address
 *   ORDERS_TLS_CA             file of the authorities to trust
 *   ORDERS_TLS_CERT, _KEY     files of our own certificate and its key; all are read anew when they change
 *   ORDERS_TLS_SERVER_NAME    the name to verify, where it is not that of the URL
 */
import type { ClientOf } from '../api/client-of.ts'
import type { Api } from '../api/operation.ts'
import { type ClientOptions, clientThrough, upstreamFor } from '../client/client.ts'
import { upstreamVariable } from '../client/environment-resolver.ts'
import { type TlsFileOptions, tlsFiles } from '../client/tls-files.ts'
import type { Upstream, UpstreamView } from '../client/upstream.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import { type Environment, processEnvironment } from '../platform/environment.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import type { Tracer } from '../telemetry/tracer.ts'

export interface ServiceClientsParts {
  readonly tracer: Tracer
  readonly meter: Meter
  readonly log: Logger
  readonly clock: Clock
}

/** As those of `client()`; a service is always named. */
export type ServiceClientOptions = ClientOptions & { readonly service: string }

export class ServiceClients implements Component {
  readonly name = 'upstreams'
  readonly #parts: ServiceClientsParts
  readonly #names = new Set<string>()
  readonly #made: Upstream[] = []

  constructor(parts: ServiceClientsParts) {
    this.#parts = parts
  }

  /** The services that are called. */
  get names(): readonly string[] {
    return [...this.#names]
  }

  client<const A extends Api>(api: A, options: ServiceClientOptions): ClientOf<A> {
    this.#names.add(options.service)
    let upstream: Upstream | undefined
    return clientThrough(api, () => {
      upstream ??= this.#make(options)
      return upstream
    })
  }

  /** The state of those that have been called. */
  views(): UpstreamView[] {
    return this.#made.map((upstream) => upstream.view())
  }

  stop(): void {
    for (const upstream of this.#made) upstream.close()
  }

  /** A service that is called is not this one: nothing here makes it `DOWN`. */
  health(): ComponentHealth {
    const views = this.views()
    const failing = views.filter(isFailing).map(({ upstream }) => upstream)
    const details = { upstreams: views }
    if (failing.length === 0) return { status: 'UP', details }
    return { status: 'DEGRADED', error: `calls fail: ${failing.join(', ')}`, details }
  }

  #make(options: ServiceClientOptions): Upstream {
    const files = tlsFilesOf(options.service)
    const { log } = this.#parts
    const upstream = upstreamFor({
      ...this.#parts,
      ...upstreamSettings(options.service),
      ...(files !== undefined && { tls: tlsFiles({ ...files, log }) }),
      ...options,
    })
    this.#made.push(upstream)
    return upstream
  }
}

function isFailing({ breakers, addresses }: UpstreamView): boolean {
  const isRefusing = breakers.some((view) => ('state' in view ? view.state.endsWith('open') : view.refusing > 0.5))
  return isRefusing || addresses.some(({ state }) => state === 'ejected')
}

export interface UpstreamSettings {
  readonly timeoutMs?: number
  readonly maxPerHost?: number
}

/** @throws ServiceError `BAD_UPSTREAM` for a variable that is no whole number above 0. */
export function upstreamSettings(service: string, environment: Environment = processEnvironment): UpstreamSettings {
  const timeoutMs = positiveIn(environment, upstreamVariable(service, 'TIMEOUT_MS'))
  const maxPerHost = positiveIn(environment, upstreamVariable(service, 'MAX_CONNECTIONS'))
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...(maxPerHost !== undefined && { maxPerHost }) }
}

/** Undefined if the environment names no file. */
export function tlsFilesOf(service: string, environment: Environment = processEnvironment): TlsFileOptions | undefined {
  const named = (what: string): string | undefined => environment[upstreamVariable(service, `TLS_${what}`)] || undefined
  const [caFile, certFile, keyFile, serverName] = [named('CA'), named('CERT'), named('KEY'), named('SERVER_NAME')]
  if (caFile === undefined && certFile === undefined && keyFile === undefined) return undefined
  return {
    ...(caFile !== undefined && { caFile }),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
    ...(serverName !== undefined && { serverName }),
  }
}

function positiveIn(environment: Environment, variable: string): number | undefined {
  const text = environment[variable]
  if (text === undefined || text === '') return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new ServiceError(
    'BAD_UPSTREAM',
    `${variable} must be a whole number above 0, but it has ${text.length} characters that are none.`,
  )
}
