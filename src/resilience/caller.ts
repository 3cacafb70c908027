/**
 * Caller: what a request says about those on whose behalf it comes. It travels in the context, and with calls to other services.
 *
 *   x-request-priority: high      who is served first when there is too much
 *   x-tenant-id: acme             whose share of a limit it is
 *
 * Anybody can write such headers, so a server believes them from trusted peers only.
 */
import { ContextKey } from '../foundation/context/context-key.ts'
import { type Priority, priorities } from './overload/priority.ts'

export const priorityHeader = 'x-request-priority'
export const tenantHeader = 'x-tenant-id'

/** Absent where it is `normal`. */
export const requestPriority: ContextKey<Priority> = new ContextKey('request priority')
export const requestTenant: ContextKey<string> = new ContextKey('request tenant')

/** What may stand in logs, metrics and keys. */
const tenantText = /^[\w.:@/-]{1,128}$/

/** Undefined for anything but a priority. Nobody sends probes on behalf of others: `health` counts as `high`. */
export function parsePriority(value: string): Priority | undefined {
  const text = value.trim().toLowerCase()
  const found = priorities.find((priority) => priority === text)
  return found === 'health' ? 'high' : found
}

/** Undefined for what is no name of a tenant: letters, digits and `_ . : @ / -`, at most 128. */
export function parseTenant(value: string): string | undefined {
  const text = value.trim()
  return tenantText.test(text) ? text : undefined
}
