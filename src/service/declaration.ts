/**
 * Declaration: everything that a service was told about itself, as plain JSON. Server, probes, manifests, alerts and the
 * release gate are computed from it, so that they cannot disagree. It is made without starting anything.
 */
import type { RouteInfo } from '../http/route.ts'
import { type JsonSchema, jsonSchemaOf } from '../schema/json-schema.ts'
import type { Schema } from '../schema/schema.ts'
import type { ConfigurationOptions, Scale, ServiceLevelOptions, Shutdown } from './service-options.ts'
import type { EngineName, WorkerCount } from './service-settings.ts'

/** Raised when a reader of older declarations would misunderstand a newer one. */
export const declarationFormat = 'genever.service/v1'

export interface ServiceDeclaration {
  readonly format: typeof declarationFormat
  readonly name: string
  readonly version: string
  readonly ports: PortsDeclaration
  readonly probes: ProbesDeclaration
  readonly routes: readonly RouteDeclaration[]
  /** Absent where the service promises nothing. */
  readonly slo?: ServiceLevelOptions
  readonly scale: Scale
  /** As in production. */
  readonly shutdown: Shutdown
  readonly engine: EngineName
  readonly workers: WorkerCount
  /** Absent where the service has no settings of its own. */
  readonly config?: ConfigDeclaration
  /** Services that it calls, by name. */
  readonly upstreams?: readonly string[]
  /** Names of the jobs that it schedules. */
  readonly jobs?: readonly string[]
  /** In the order in which they start. */
  readonly components: readonly ComponentDeclaration[]
  /** Names of the warm-up hooks, in order. */
  readonly warmup: readonly string[]
}

export interface PortsDeclaration {
  readonly http: number
  readonly admin: number
}

/** Where to ask; each answers 200 for yes and 503 for no. */
export interface ProbesDeclaration {
  readonly startup: ProbeDeclaration
  readonly live: ProbeDeclaration
  readonly ready: ProbeDeclaration
}

export interface ProbeDeclaration {
  readonly port: keyof PortsDeclaration
  readonly path: string
}

export interface ConfigDeclaration {
  /** JSON Schema (2020-12) of the settings. */
  readonly schema: JsonSchema
  /** Variables that begin with it and `__` are settings. */
  readonly prefix: string
  /** Further variables, and the settings that they are. */
  readonly variables: Readonly<Record<string, string>>
  /** Settings that are never shown, beside those whose name says it. */
  readonly secrets: readonly string[]
}

export interface ComponentDeclaration {
  readonly name: string
  /** Runs in one worker only. */
  readonly singleton: boolean
}

export interface RouteDeclaration {
  readonly method: string
  /** The pattern, such as `/api/v1/orders/:id`. */
  readonly path: string
  readonly name: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
  readonly maxBodyBytes?: number
  readonly timeoutMs?: number
  /** JSON Schema (2020-12) of the parts that are checked; `{}` for one whose schema cannot be told. */
  readonly request: Readonly<Partial<Record<RequestPart, JsonSchema>>>
  /** By status; `null` says that the answer has no body. */
  readonly responses: Readonly<Record<string, JsonSchema | null>>
  /** Of each event, where the answer is a stream of them. */
  readonly stream?: JsonSchema
  /** Names of the layers around the handler, outermost first. */
  readonly middleware: readonly string[]
}

const requestParts = ['params', 'query', 'headers', 'cookies', 'body', 'form'] as const
export type RequestPart = (typeof requestParts)[number]

export const defaultPorts: PortsDeclaration = { http: 8080, admin: 9090 }

export const probes: ProbesDeclaration = {
  startup: { port: 'admin', path: '/startupz' },
  live: { port: 'admin', path: '/livez' },
  ready: { port: 'admin', path: '/readyz' },
}

export function declareConfig(name: string, options: ConfigurationOptions): ConfigDeclaration {
  const { schema, variables = {}, secrets = [] } = options
  return { schema: shapeOf(schema), prefix: variablePrefix(name), variables, secrets }
}

/** `order-history` reads variables that begin with `ORDER_HISTORY__`. */
export function variablePrefix(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}

export function declareRoute({ method, path, name, spec, middleware }: RouteInfo): RouteDeclaration {
  const { summary, tags, deprecated, maxBodyBytes, timeoutMs, responses = {}, stream } = spec
  const request = requestParts.flatMap((part) => {
    const schema = spec[part]
    return schema === undefined ? [] : [[part, shapeOf(schema)] as const]
  })
  const answers = Object.entries(responses).map(
    ([status, schema]) => [status, schema === null ? null : shapeOf(schema)] as const,
  )
  return {
    method,
    path,
    name,
    ...(summary !== undefined && { summary }),
    ...(tags !== undefined && { tags }),
    ...(deprecated !== undefined && { deprecated }),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    request: Object.fromEntries(request),
    responses: Object.fromEntries(answers),
    ...(stream !== undefined && { stream: shapeOf(stream) }),
    middleware,
  }
}

/** What is on the wire, in both directions: validation makes its output of it at the other end. */
function shapeOf(schema: Schema): JsonSchema {
  return jsonSchemaOf(schema, 'input').schema ?? {}
}
