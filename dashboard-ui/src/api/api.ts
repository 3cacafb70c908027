/**
 * The dashboard's API as functions, typed by the same contract that the server implements.
 *
 *   const { services } = await api.listServices()
 */
import type { ClientOf } from '../../../src/api/client-of.ts'
import type { Operation } from '../../../src/api/operation.ts'
import { type DashboardApi, dashboardApi } from '../../../src/dashboard/api.ts'
import { href, type QueryValue } from '../routing/href.ts'
import { errorFrom } from './api-error.ts'

interface Parts {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly body?: unknown
}

interface CallOptions {
  readonly signal?: AbortSignal
}

const calls = Object.entries<Operation>(dashboardApi).map(([name, operation]) => [name, callOf(operation)] as const)
// Built from the contract's own entries, one call for each: what `ClientOf` says, beyond what the checker can follow.
export const api = Object.fromEntries(calls) as unknown as ClientOf<DashboardApi>

function callOf({ method, path }: Operation): (parts?: Parts, options?: CallOptions) => Promise<unknown> {
  return async ({ params = {}, query = {}, body } = {}, { signal } = {}) => {
    const response = await fetch(href(pathWith(path, params), query), {
      method,
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    })
    if (!response.ok) throw await errorFrom(response)
    return response.status === 204 ? undefined : await response.json()
  }
}

function pathWith(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}
