/** Place: one base URL at which a service answers. */
import { type Endpoint, endpointOf, parseUrl } from './endpoint.ts'
import type { Addresses } from './resolver.ts'

export interface Place {
  /** As it was given, without a slash at its end: what tells it from others. */
  readonly url: string
  readonly endpoint: Endpoint
  /** Comes before the paths of the operations; empty, or `/prefix`. */
  readonly prefix: string
}

/** @throws ServiceError `BAD_URL`. */
export function placesOf(addresses: Addresses): Place[] {
  const urls = typeof addresses === 'string' ? [addresses] : addresses
  return [...new Set(urls.map((url) => url.replace(/\/+$/, '')))].map((url) => placeOf(url))
}

function placeOf(text: string): Place {
  const url = parseUrl(text)
  return { url: text, endpoint: endpointOf(url), prefix: url.pathname === '/' ? '' : url.pathname }
}
