/**
 * UrlGuard: calls of URLs that users give, without letting them choose what of our own network is called (SSRF).
 *
 *   URL ─▶ http(s), a port that is allowed ─▶ look the host up, once ─▶ every address public? ─▶ connect to just these
 *             └───────────────────── else URL_FORBIDDEN ◀───────────────────┘
 *
 * What was checked is what is connected to: a name that is looked up a second time may have another address by then (DNS
 * rebinding). The addresses themselves are checked, not how they are written: numbers in any form are read by the URL parser.
 */
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { lookUpHost } from '../platform/look-up-host.ts'
import { AddressBlocks } from '../wire/address-blocks.ts'
import { type Endpoint, endpointOf, parseUrl } from './endpoint.ts'
import { whyNotPublic } from './public-address.ts'

export interface GuardOptions {
  /** Default 80 and 443. */
  readonly ports?: readonly number[]
  /** Addresses and blocks that may be called though they are not public, such as `10.1.0.0/16`. Default none. */
  readonly allow?: readonly string[]
  /** Default the system's own look-up. */
  readonly lookUp?: (host: string) => Promise<readonly string[]>
}

/** `public`: with the defaults. */
export type Guard = 'public' | GuardOptions

export interface SafeUrl {
  readonly url: URL
  /** All addresses of its host, each of them checked: connect to one of these and to nothing else. */
  readonly addresses: readonly string[]
}

/**
 * Checks a URL that a user gave. `HttpClient.request(url, { guard: 'public' })` does it by itself, for redirects too.
 *
 * @throws ServiceError `BAD_URL`; `URL_FORBIDDEN` (400) for a port or an address that is not allowed; `CONNECT_FAILED` for an
 *   unknown host.
 */
export async function safeUrl(text: string | URL, guard: Guard = 'public', context?: Context): Promise<SafeUrl> {
  const url = typeof text === 'string' ? parseUrl(text) : text
  return { url, addresses: await guardedAddresses(endpointOf(url), guard, context) }
}

/** Same errors. */
export async function guardedAddresses(
  { host, port }: Endpoint,
  guard: Guard,
  context?: Context,
): Promise<readonly string[]> {
  const { ports = [80, 443], allow = [], lookUp = lookUpHost } = guard === 'public' ? {} : guard
  if (!ports.includes(port)) throw forbidden(`port ${port} is none of ${ports.join(', ')}`)
  const addresses = await orCancelled(lookUp(host), context)
  const allowed = new AddressBlocks(allow)
  for (const address of addresses) {
    const why = allowed.includes(address) ? undefined : whyNotPublic(address)
    // One is enough: a public name with an inner address beside its public ones is an attempt, or a mistake.
    if (why !== undefined) throw forbidden(`its host has an address that is ${why}`)
  }
  if (addresses.length === 0) throw forbidden('its host has no address')
  return addresses
}

/** A look-up cannot be ended; the waiting for it can. */
function orCancelled<T>(work: Promise<T>, context: Context | undefined): Promise<T> {
  if (context === undefined) return work
  return new Promise((resolve, reject) => {
    const unwatch = context.onCancel(reject)
    work.then(resolve, reject).finally(unwatch)
  })
}

/** The address itself is not told: whoever asks would learn what our network looks like. */
function forbidden(why: string): ServiceError {
  return new ServiceError('URL_FORBIDDEN', `This URL may not be called from here: ${why}.`, { status: 400 })
}
