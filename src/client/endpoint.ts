/** Endpoint: the place that a URL speaks of, as connections see it. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { ConnectOptions } from '../platform/connect.ts'

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
  /** What stands in between. */
  readonly proxy?: EndpointProxy
}

export interface EndpointProxy {
  /** `forward`: it is told the whole URL of each request; `tunnel`: it connects us, and knows no more than that. */
  readonly kind: 'forward' | 'tunnel'
  readonly host: string
  readonly port: number
  /** Value of `proxy-authorization`, where it wants one. */
  readonly authorization: string | undefined
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

/** Where to connect, and what to ask for there first. */
export function endpointAddress({ host, port, address = host, proxy }: Endpoint): EndpointAddress {
  if (proxy === undefined) return { host: address, port }
  if (proxy.kind === 'forward') return { host: proxy.host, port: proxy.port }
  const { authorization } = proxy
  const target = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  return {
    host: proxy.host,
    port: proxy.port,
    tunnel: { target, ...(authorization !== undefined && { authorization }) },
  }
}

export type EndpointAddress = Pick<ConnectOptions, 'tunnel'> & { readonly host: string; readonly port: number }

/** @throws ServiceError `BAD_URL`. */
export function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw badUrl(`${text.length} characters that are no absolute URL`)
  return url
}

export function badUrl(why: string): ServiceError {
  return new ServiceError('BAD_URL', `A URL to call is wrong: ${why}.`)
}
