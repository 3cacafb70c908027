/**
 * Settings from the environment: those that every service has, and those of the service's own schema. Whatever is wrong
 * with either is told at once.
 *
 *   given in code < CONFIG_FILE < config file of the mode < environment
 */
import { type Config, loadConfig } from '../config/config.ts'
import { type ConfigProblem, configError } from '../config/config-error.ts'
import type { ConfigSource } from '../config/config-source.ts'
import type { ConfigDescription } from '../config/describe.ts'
import { serviceConfig, serviceVariables } from '../config/service-config.ts'
import { environmentSource } from '../config/sources/environment.ts'
import { configFiles } from '../config/sources/file.ts'
import { defaults } from '../config/sources/object.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Environment } from '../platform/environment.ts'
import { isTerminal } from '../platform/log-output.ts'
import { variablePrefix } from './declaration.ts'
import type { ServiceParts } from './service-parts.ts'
import { resolveSettings, type ServiceSettings } from './service-settings.ts'

export interface LoadedSettings {
  readonly settings: ServiceSettings
  /** Where those come from that were set. */
  readonly own: ConfigDescription
  /** Undefined where the service has no schema of its own. */
  readonly config: Config<unknown> | undefined
}

/** @throws ServiceError `INVALID_CONFIG` with every problem in `details.problems`. */
export async function loadSettings(
  parts: ServiceParts,
  given: Partial<ServiceSettings>,
  env: Environment,
): Promise<LoadedSettings> {
  const mode = modeFrom(env, given)
  const [own, config] = await Promise.allSettled([loadOwn(given, env, mode), loadConfigOf(parts, env, mode)])
  if (own.status === 'rejected' || config.status === 'rejected') throw joined([own, config])
  const settings = resolveSettings(own.value.value, { ...parts.options, isTerminal: isTerminal() })
  return { settings, own: own.value.describe(), config: config.value }
}

/** What a test says instead of the environment. */
export function configFrom(parts: ServiceParts, given: Readonly<Record<string, unknown>>): Promise<Config<unknown>> {
  return load(parts, [defaults(given)])
}

/**
 * Production where `NODE_ENV` says so or a pod forgot to say; test runners set `test`, which is development. Any other
 * word is for the schema to refuse.
 */
function modeFrom({ NODE_ENV, KUBERNETES_SERVICE_HOST }: Environment, { mode }: Partial<ServiceSettings>): string {
  if (NODE_ENV === 'test') return 'development'
  if (NODE_ENV !== undefined && NODE_ENV !== '') return NODE_ENV
  return mode ?? (KUBERNETES_SERVICE_HOST === undefined ? 'development' : 'production')
}

async function loadOwn(
  given: Partial<ServiceSettings>,
  env: Environment,
  mode: string,
): Promise<Config<Partial<ServiceSettings>>> {
  const variables = environmentSource({ variables: serviceVariables, env: { ...env, NODE_ENV: mode } })
  return loadConfig(serviceConfig, { sources: [defaults(given), variables] })
}

async function loadConfigOf(parts: ServiceParts, env: Environment, mode: string): Promise<Config<unknown> | undefined> {
  const { config } = parts.options
  if (config === undefined) return undefined
  const files = env.CONFIG_FILE === undefined ? [] : configFiles(env.CONFIG_FILE, mode)
  const variables = environmentSource({ prefix: variablePrefix(parts.name), variables: config.variables ?? {}, env })
  return load(parts, [...files, variables])
}

function load(parts: ServiceParts, sources: readonly ConfigSource[]): Promise<Config<unknown>> {
  const { config } = parts.options
  const { clock, log: logger, registry: meter } = parts
  if (config === undefined) throw new ServiceError('BAD_SERVICE', 'This service has no configuration schema.')
  return loadConfig(config.schema, { sources, secrets: config.secrets ?? [], logger, meter, clock })
}

function joined(outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const problems = reasons.map((reason) => (reason instanceof ServiceError ? reason.details?.problems : undefined))
  if (problems.some((list) => list === undefined)) return reasons[0]
  return configError(problems.flat() as ConfigProblem[])
}
