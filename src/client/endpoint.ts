/** Endpoint: the place that a URL speaks of, as connections see it. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface Endpoint {
  /** What connections are kept by: scheme, host and port, and the address or proxy where one is laid down. */
  readonly key: string
  readonly isTls: boolean
  readonly host: string
  readonly port: number
  /** For the `host` field: with the port unless it is the scheme's own. */
  readonly authority: string
  /** The address to connect to, where it is laid down; else the host is looked up. */
  readonly address?: string
}

/** @throws ServiceError `BAD_URL` unless it is http or https, without credentials. */
export function endpointOf(url: URL): Endpoint {
  const isTls = url.protocol === 'https:'
  if (!isTls && url.protocol !== 'http:')
    throw badUrl(`the scheme '${url.protocol.slice(0, 16)}' is neither http: nor https:`)
  if (url.username !== '' || url.password !== '')
    throw badUrl('it holds a name or password; send an authorization header')
  // A literal IPv6 address stands in brackets in a URL and without them everywhere else.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  return { key: `${url.protocol}//${url.host}`, isTls, host, port, authority: url.host }
}

/** The same place, by one of its addresses. */
export function atAddress(endpoint: Endpoint, address: string): Endpoint {
  return { ...endpoint, key: `${endpoint.key} at ${address}`, address }
}

/** Where to connect. */
export function endpointAddress({ host, port, address = host }: Endpoint): { host: string; port: number } {
  return { host: address, port }
}

/** @throws ServiceError `BAD_URL`. */
export function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw badUrl(`${text.length} characters that are no absolute URL`)
  return url
}

export function badUrl(why: string): ServiceError {
  return new ServiceError('BAD_URL', `A URL to call is wrong: ${why}.`)
}
