/**
 * Workspace: which services there are, as declared in `genever.json`.
 *
 *   {
 *     "name": "shop",
 *     "runtime": "bun",
 *     "services": {
 *       "users":  { "entry": "users/main.ts" },
 *       "orders": { "entry": "orders/main.ts", "needs": ["users"], "env": { "CURRENCY": "EUR" }, "port": 3002 }
 *     },
 *     "shared": ["lib"]
 *   }
 *
 * The declaration is JSON so that reading it runs nothing. All its faults are reported at once.
 */
import { join, resolve } from 'node:path'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { RuntimeName } from '../platform/runtime.ts'
import { readTextFile } from '../platform/text-file.ts'
import { startOrder } from './start-order.ts'

export const workspaceFile = 'genever.json'

export interface Workspace {
  readonly name: string
  /** Absolute path of the folder that holds `genever.json`; paths in the declaration are relative to it. */
  readonly directory: string
  /** What runs the services; undefined: the runtime that starts them. */
  readonly runtime: RuntimeName | undefined
  /** In the order in which they can start: whoever is needed stands before those who need it. */
  readonly services: readonly WorkspaceService[]
  /** Files and folders whose change restarts every service; a service's own folder restarts only itself. */
  readonly shared: readonly string[]
}

export interface WorkspaceService {
  /** Lower-case letters, digits and `-`; the prefix of its log lines and the stem of its address variable. */
  readonly name: string
  /** The file that starts it. */
  readonly entry: string
  /** Services that must be ready before this one starts. Calling others while running needs no entry here. */
  readonly needs: readonly string[]
  /** Added to its environment; wins over what is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Port for its traffic; undefined: a free one, kept for the whole run. */
  readonly port: number | undefined
}

/**
 * Reads the declaration in `folder`.
 *
 * @throws ServiceError `WORKSPACE_NOT_FOUND` if there is none; what `parseWorkspace` throws.
 */
export async function loadWorkspace(folder: string): Promise<Workspace> {
  const directory = resolve(folder)
  const text = await readTextFile(join(directory, workspaceFile)).catch((cause: unknown) => {
    throw new ServiceError(
      'WORKSPACE_NOT_FOUND',
      `Cannot read ${workspaceFile} in ${directory}. Name the folder that holds it, or make a workspace with \`genever new NAME --workspace\`.`,
      { cause },
    )
  })
  return parseWorkspace(text, directory)
}

/** @throws ServiceError `BAD_WORKSPACE`, listing every fault of the declaration. */
export function parseWorkspace(text: string, directory: string): Workspace {
  const faults: string[] = []
  const root = objectFrom(parseJson(text, faults), 'the declaration', faults)
  faults.push(...unknownKeys(root, ['$schema', 'name', 'runtime', 'services', 'shared'], ''))
  const workspace = {
    name: nameFrom(root.name, faults),
    directory,
    runtime: runtimeFrom(root.runtime, faults),
    shared: stringsFrom(root.shared, 'shared', faults),
    services: servicesFrom(root.services, faults),
  }
  if (faults.length === 0) return { ...workspace, services: startOrder(workspace.services) }
  throw new ServiceError('BAD_WORKSPACE', `${workspaceFile} in ${directory} is not valid: ${faults.join('; ')}.`)
}

type JsonObject = Readonly<Record<string, unknown>>

function parseJson(text: string, faults: string[]): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    faults.push(error instanceof Error ? `it is not JSON (${error.message})` : 'it is not JSON')
    return {}
  }
}

function servicesFrom(value: unknown, faults: string[]): WorkspaceService[] {
  if (value === undefined) {
    if (faults.length === 0)
      faults.push('`services` is missing: name at least one, such as { "hello": { "entry": "main.ts" } }')
    return []
  }
  const entries = Object.entries(objectFrom(value, '`services`', faults))
  if (entries.length === 0) faults.push('`services` is empty: name at least one')
  return entries.map(([name, service]) => serviceFrom(name, service, faults))
}

function serviceFrom(name: string, value: unknown, faults: string[]): WorkspaceService {
  const at = `services.${name}`
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    faults.push(`${at}: a name has up to 40 lower-case letters, digits and '-', and begins with a letter`)
  }
  const service = objectFrom(value, at, faults)
  faults.push(...unknownKeys(service, ['entry', 'needs', 'env', 'port'], `${at}.`))
  return {
    name,
    entry: entryFrom(service.entry, at, faults),
    needs: stringsFrom(service.needs, `${at}.needs`, faults),
    env: envFrom(service.env, `${at}.env`, faults),
    port: portFrom(service.port, `${at}.port`, faults),
  }
}

function nameFrom(value: unknown, faults: string[]): string {
  if (typeof value === 'string' && value !== '') return value
  if (value !== undefined) faults.push(`\`name\` must be a text, not ${kindOf(value)}`)
  return 'workspace'
}

function runtimeFrom(value: unknown, faults: string[]): RuntimeName | undefined {
  if (value === undefined || value === 'bun' || value === 'node') return value
  faults.push(`\`runtime\` must be "bun" or "node"`)
  return undefined
}

function entryFrom(value: unknown, at: string, faults: string[]): string {
  if (typeof value === 'string' && value !== '') return value
  faults.push(
    `${at}.entry must name the file that starts the service, such as "${at.slice('services.'.length)}/main.ts"`,
  )
  return ''
}

function envFrom(value: unknown, at: string, faults: string[]): Record<string, string> {
  if (value === undefined) return {}
  const entries = Object.entries(objectFrom(value, at, faults))
  for (const [key, text] of entries) {
    if (typeof text !== 'string') faults.push(`${at}.${key} must be a text, not ${kindOf(text)}`)
  }
  return Object.fromEntries(entries.map(([key, text]) => [key, String(text)]))
}

function portFrom(value: unknown, at: string, faults: string[]): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value
  faults.push(`${at} must be a whole number from 1 to 65535`)
  return undefined
}

function stringsFrom(value: unknown, at: string, faults: string[]): readonly string[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  faults.push(`${at} must be a list of texts`)
  return []
}

function objectFrom(value: unknown, at: string, faults: string[]): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  faults.push(`${at} must be an object, not ${kindOf(value)}`)
  return {}
}

function unknownKeys(object: JsonObject, known: readonly string[], prefix: string): string[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => `${prefix}${key} is unknown; known are ${known.join(', ')}`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return `a ${typeof value}`
}
