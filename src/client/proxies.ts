/**
 * Proxies: which calls go through one, as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say, in the reading that Go and curl share.
 *
 *   http   ─▶ connect to the proxy, whole URL in the request line
 *   https  ─▶ connect to the proxy, CONNECT host:port, TLS with the host inside
 *
 * Names and addresses of this machine are never asked for through a proxy. Credentials of a proxy are in no key, text or log.
 */
import { Buffer } from 'node:buffer'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Environment } from '../platform/environment.ts'
import { AddressBlocks } from '../wire/address-blocks.ts'
import type { Endpoint } from './endpoint.ts'

export interface ProxyOptions {
  /** For http URLs, such as `http://user:password@proxy:3128`. */
  readonly http?: string
  /** For https URLs. */
  readonly https?: string
  /** Hosts that are called directly: `.shop.svc`, `example.com` with all below it, `10.0.0.0/8`, `host:port`, `*`. */
  readonly no?: string
}

/** One proxy. */
export interface Proxy {
  readonly host: string
  readonly port: number
  /** Value of `proxy-authorization`, where it wants one. */
  readonly authorization: string | undefined
}

/** What the environment says; undefined if that is nothing. */
export function proxyOptionsIn(environment: Environment): ProxyOptions | undefined {
  const named = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined
  // In a CGI program HTTP_PROXY is a header that the client sent («httpoxy»).
  const http = environment.REQUEST_METHOD === undefined ? named('HTTP_PROXY') : environment.http_proxy || undefined
  const [https, no] = [named('HTTPS_PROXY'), named('NO_PROXY')]
  if (http === undefined && https === undefined) return undefined
  return { ...(http !== undefined && { http }), ...(https !== undefined && { https }), ...(no !== undefined && { no }) }
}

export class Proxies {
  readonly #http: Proxy | undefined
  readonly #https: Proxy | undefined
  readonly #exceptions: readonly Exception[]
  readonly #routes = new Map<string, Endpoint>()

  /** @throws ServiceError `BAD_PROXY`. */
  constructor({ http, https, no = '' }: ProxyOptions) {
    this.#http = http === undefined ? undefined : parseProxy(http)
    this.#https = https === undefined ? undefined : parseProxy(https)
    this.#exceptions = no.split(',').flatMap((text) => exceptionOf(text.trim().toLowerCase()) ?? [])
  }

  /** How to reach the endpoint: through a proxy, or as it is. */
  route(endpoint: Endpoint): Endpoint {
    const known = this.#routes.get(endpoint.key)
    if (known !== undefined) return known
    const proxy = endpoint.isTls ? this.#https : this.#http
    const routed = proxy === undefined || this.#isDirect(endpoint) ? endpoint : through(proxy, endpoint)
    if (this.#routes.size < maxRoutes) this.#routes.set(endpoint.key, routed)
    return routed
  }

  #isDirect({ host, port }: Endpoint): boolean {
    if (host === 'localhost' || host.endsWith('.localhost') || loopback.includes(host)) return true
    return this.#exceptions.some((isMeant) => isMeant(host, port))
  }
}

const maxRoutes = 1_000
const loopback = new AddressBlocks(['loopback'])

/** An address that was checked is called through a tunnel, whatever the scheme: the proxy must not look the name up again. */
function through(proxy: Proxy, endpoint: Endpoint): Endpoint {
  const isTunnel = endpoint.isTls || endpoint.address !== undefined
  return {
    ...endpoint,
    key: `${endpoint.key} through ${proxy.host}:${proxy.port}`,
    proxy: { ...proxy, kind: isTunnel ? 'tunnel' : 'forward' },
  }
}

type Exception = (host: string, port: number) => boolean

function exceptionOf(text: string): Exception | undefined {
  if (text === '') return undefined
  if (text === '*') return () => true
  if (/^[\d.]+(?:\/\d+)?$|^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*(?:\/\d+)?$/.test(text)) {
    const blocks = new AddressBlocks([text])
    return (host) => blocks.includes(host)
  }
  const [, name = '', onlyPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(text) ?? []
  // `.example.com` and `*.example.com` are what stands below it, `example.com` is itself too.
  const below = `.${name.replace(/^\*?\./, '')}`
  const isItself = !/^\*?\./.test(name)
  return (host, port) =>
    (onlyPort === undefined || Number(onlyPort) === port) && ((isItself && host === name) || host.endsWith(below))
}

function parseProxy(text: string): Proxy {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null) throw badProxy(`${text.length} characters that are no URL`)
  if (url.protocol !== 'http:') throw badProxy(`its scheme is '${url.protocol.slice(0, 16)}', and only http: is spoken`)
  const { username, password } = url
  const hasCredentials = username !== '' || password !== ''
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 80 : Number(url.port),
    authorization: hasCredentials ? `Basic ${Buffer.from(credentials).toString('base64')}` : undefined,
  }
}

function badProxy(why: string): ServiceError {
  return new ServiceError(
    'BAD_PROXY',
    `A proxy that is set (HTTP_PROXY, HTTPS_PROXY or \`proxies\`) cannot be used: ${why}.`,
  )
}
