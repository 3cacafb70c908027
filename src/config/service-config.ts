/**
 * Service settings: what every service reads from its environment. The schema is written by hand, since none of the
 * validation libraries may be loaded at the start of a service that does not use one.
 *
 *   NODE_ENV  PORT  HOST  ADMIN_PORT  ADMIN_HOST  ADMIN_TOKEN  ADMIN_NAMES  ENGINE  WORKERS  LOG_LEVEL  LOG_FORMAT  READY_FILE
 *   FAULTS  OPERATIONS  PROFILES  PROFILES_NETWORKS  PROMETHEUS_URL  LOG_FILE
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Schema } from '../schema/schema.ts'
import { logThresholds } from '../telemetry/log-level.ts'
import type { LogThreshold } from '../telemetry/logger.ts'

/** What was set; a service puts in defaults for the rest. */
export interface ServiceConfig {
  readonly mode?: 'development' | 'production'
  readonly host?: string
  readonly port?: number
  readonly adminHost?: string
  readonly adminPort?: number
  readonly adminToken?: string
  readonly adminNames?: string
  readonly engine?: 'sockets' | 'native' | 'libc'
  readonly workers?: 'auto' | number
  readonly logLevel?: LogThreshold
  readonly logFormat?: 'json' | 'pretty' | 'ecs' | 'loki'
  readonly logFile?: string
  readonly readyFile?: string
  readonly faults?: 'on' | 'off'
  readonly operations?: 'on' | 'off'
  readonly profiles?: 'on' | 'off'
  readonly profilesNetworks?: string
  readonly prometheusUrl?: string
}

/** Variables and the settings that they are, for `environmentSource({ variables: serviceVariables })`. */
export const serviceVariables: Readonly<Record<string, keyof ServiceConfig>> = {
  NODE_ENV: 'mode',
  HOST: 'host',
  PORT: 'port',
  ADMIN_HOST: 'adminHost',
  ADMIN_PORT: 'adminPort',
  ADMIN_TOKEN: 'adminToken',
  ADMIN_NAMES: 'adminNames',
  ENGINE: 'engine',
  WORKERS: 'workers',
  LOG_LEVEL: 'logLevel',
  LOG_FORMAT: 'logFormat',
  LOG_FILE: 'logFile',
  READY_FILE: 'readyFile',
  FAULTS: 'faults',
  OPERATIONS: 'operations',
  PROFILES: 'profiles',
  PROFILES_NETWORKS: 'profilesNetworks',
  PROMETHEUS_URL: 'prometheusUrl',
}

/** One rule: how the setting is described, which values hold, and what is said about those that do not. */
interface Rule {
  readonly jsonSchema: JsonSchema
  readonly holds: (value: unknown) => boolean
  readonly expected: string
}

const rules: Readonly<Record<keyof ServiceConfig, Rule>> = {
  mode: oneOf(['development', 'production', 'test']),
  host: text(),
  port: integer(0, 65_535),
  adminHost: text(),
  adminPort: integer(0, 65_535),
  adminToken: text(),
  adminNames: text(),
  engine: oneOf(['sockets', 'native', 'libc']),
  workers: autoOr(integer(1, 1_024)),
  logLevel: oneOf(logThresholds),
  logFormat: oneOf(['json', 'pretty', 'ecs', 'loki']),
  logFile: text(),
  readyFile: text(),
  faults: oneOf(['on', 'off']),
  operations: oneOf(['on', 'off']),
  profiles: oneOf(['on', 'off']),
  profilesNetworks: text(),
  prometheusUrl: httpUrl(),
}

const jsonSchema: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule.jsonSchema])),
  additionalProperties: false,
}

const properties: StandardSchemaV1.Props<unknown, ServiceConfig> & StandardJSONSchemaV1.Props<unknown, ServiceConfig> =
  {
    version: 1,
    vendor: 'genever',
    validate(value) {
      const settings: Record<string, unknown> = { ...Object(value) }
      const issues = Object.entries(settings).flatMap(([name, setting]) => issueOf(name, setting))
      if (issues.length > 0) return { issues }
      // Test runners set NODE_ENV to `test`; for a service that is development.
      if (settings.mode === 'test') settings.mode = 'development'
      return { value: settings as ServiceConfig }
    },
    jsonSchema: { input: () => jsonSchema, output: () => jsonSchema },
  }

export const serviceConfig: Schema<unknown, ServiceConfig> = { '~standard': properties }

function issueOf(name: string, value: unknown): StandardSchemaV1.Issue[] {
  const rule = Object.hasOwn(rules, name) ? rules[name as keyof ServiceConfig] : undefined
  if (rule === undefined) return [{ path: [name], message: 'Is no setting of a service' }]
  return rule.holds(value) ? [] : [{ path: [name], message: `Expected ${rule.expected}` }]
}

function text(): Rule {
  return { jsonSchema: { type: 'string', minLength: 1 }, holds: isText, expected: 'text that is not empty' }
}

function httpUrl(): Rule {
  return {
    jsonSchema: { type: 'string', format: 'uri', pattern: '^https?://' },
    holds: (value) => typeof value === 'string' && /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
    expected: 'an http or https URL',
  }
}

function integer(minimum: number, maximum: number): Rule {
  return {
    jsonSchema: { type: 'integer', minimum, maximum },
    holds: (value) => Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
    expected: `a whole number from ${minimum} to ${maximum}`,
  }
}

function oneOf(values: readonly string[]): Rule {
  return {
    jsonSchema: { enum: values },
    holds: (value) => typeof value === 'string' && values.includes(value),
    expected: values.map((value) => `'${value}'`).join(' or '),
  }
}

function autoOr({ jsonSchema, holds, expected }: Rule): Rule {
  return {
    jsonSchema: { anyOf: [{ const: 'auto' }, jsonSchema] },
    holds: (value) => value === 'auto' || holds(value),
    expected: `'auto' or ${expected}`,
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
