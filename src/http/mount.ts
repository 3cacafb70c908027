/** Mounting: whole apps that speak `fetch`, behind this router and its middleware. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { HttpContext } from './context.ts'
import type { AnyHandler } from './route.ts'

export type FetchHandler = (request: Request) => Response | Promise<Response>

/** @throws ServiceError `BAD_PREFIX` if the prefix has parameters: there would be no one text to take away. */
export function mountedHandler(prefix: string, fetch: FetchHandler): AnyHandler {
  if (/[:*]/.test(prefix)) {
    throw new ServiceError('BAD_PREFIX', `An app cannot be mounted under '${prefix}': the prefix has parameters.`)
  }
  return function mounted(c: HttpContext) {
    const path = c.raw.target.slice(prefix.length)
    return fetch(c.raw.webRequest(`${c.scheme}://${c.host}${path.startsWith('/') ? path : `/${path}`}`))
  }
}
