/** The resolver of `genever dev`, and of Kubernetes where a manifest sets the same variables. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { processEnvironment } from '../platform/environment.ts'
import type { Resolver } from './resolver.ts'

/** Reads `ORDERS_URL` for the service `orders`, `USER_ACCOUNTS_URL` for `user-accounts`; commas stand between several. */
export const environmentResolver: Resolver = {
  resolve(service) {
    const variable = addressVariable(service)
    const urls = (processEnvironment[variable] ?? '').split(',').flatMap((url) => url.trim() || [])
    if (urls.length > 0) return urls
    throw new ServiceError(
      'SERVICE_UNKNOWN',
      `Nothing says where the service '${service}' is: set ${variable} to its base URL, or give the client a 'url'.`,
      { status: 502, retryable: false },
    )
  },
}

/** The variable that says where a service is: `user-accounts` → `USER_ACCOUNTS_URL`. */
export function addressVariable(service: string): string {
  return upstreamVariable(service, 'URL')
}

/** A variable about one service that is called: `user-accounts`, `TIMEOUT_MS` → `USER_ACCOUNTS_TIMEOUT_MS`. */
export function upstreamVariable(service: string, what: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_${what}`
}
