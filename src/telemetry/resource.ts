/** Resource: who says it: the service, its version, this process. Attributes of everything that it exports. */
import type { Environment } from '../platform/environment.ts'
import { processInfo } from '../platform/process-info.ts'
import { runtimeName, runtimeVersion } from '../platform/runtime.ts'
import { newTraceId } from './trace-ids.ts'
import type { SpanAttributes } from './tracer.ts'

export interface ResourceOptions {
  /** The service's name, unless the environment has another one. */
  readonly name: string
  readonly version?: string
  /** Further attributes; the environment's win over them. */
  readonly attributes?: SpanAttributes
  /** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` are looked up in it; default nothing. */
  readonly env?: Environment
}

/** One for each process: workers of one service must not be taken for each other. */
let instanceId: string | undefined

/** Later ones win: the process, the options, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`. */
export function resourceAttributes({ name, version, attributes, env = {} }: ResourceOptions): SpanAttributes {
  instanceId ??= newTraceId().replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5')
  return {
    'telemetry.sdk.name': 'genever',
    // The convention has a closed list, on which this one stands for all of server-side JavaScript.
    'telemetry.sdk.language': 'nodejs',
    'process.pid': processInfo.pid,
    'process.runtime.name': runtimeName === 'bun' ? 'bun' : 'nodejs',
    'process.runtime.version': runtimeVersion,
    'service.instance.id': instanceId,
    'service.name': name,
    'service.version': version,
    ...attributes,
    ...parseKeyValues(env.OTEL_RESOURCE_ATTRIBUTES),
    ...(isSet(env.OTEL_SERVICE_NAME) && { 'service.name': env.OTEL_SERVICE_NAME }),
  }
}

/** `key=value,key=value` with percent-encoded parts, as OpenTelemetry's variables have it; what is malformed is left out. */
export function parseKeyValues(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').flatMap((member) => {
    const at = member.indexOf('=')
    if (at === -1) return []
    const name = decoded(member.slice(0, at).trim())
    const value = decoded(member.slice(at + 1).trim())
    return name === undefined || name === '' || value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(pairs)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}
