/** The resolver of `genever dev`, and of Kubernetes where a manifest sets the same variables. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { processEnvironment } from '../platform/environment.ts'
import type { Resolver } from './resolver.ts'

/** Reads `ORDERS_URL` for the service `orders`, `USER_ACCOUNTS_URL` for `user-accounts`. */
export const environmentResolver: Resolver = {
  resolve(service) {
    const variable = addressVariable(service)
    const url = processEnvironment[variable]
    if (url !== undefined && url !== '') return url
    throw new ServiceError(
      'SERVICE_UNKNOWN',
      `Nothing says where the service '${service}' is: set ${variable} to its base URL, or give the client a 'url'.`,
      { status: 502, retryable: false },
    )
  },
}

/** The variable that says where a service is: `user-accounts` → `USER_ACCOUNTS_URL`. */
export function addressVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`
}
