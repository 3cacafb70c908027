/**
 * Redirects: where an answer sends the request next (RFC 9110 section 15.4). Pure.
 *
 *   301 302   POST becomes GET, other methods stay        303   everything but HEAD becomes GET
 *   307 308   method and body stay
 *
 * What a caller said to one origin is not told to another: credentials are dropped, and stay so. From https nothing leads to http.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { HeaderList } from '../wire/headers.ts'
import type { ClientRequest } from '../wire/http1/client-message.ts'
import { badUrl } from './endpoint.ts'

export interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: HeaderList
  readonly body?: ClientRequest['body'] | undefined
}

/** Where credentials stand. */
const credentialFields = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key'])
/** What speaks of a body. */
const contentFields = /^(?:content-|transfer-encoding$|expect$|idempotency-key$|digest$)/

/**
 * The next hop; undefined where the answer is to be taken as it is.
 *
 * @throws ServiceError `REDIRECT_REFUSED` (502) for one that must not or cannot be followed.
 */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (!isRedirect(status) || location === undefined) return undefined
  const url = URL.parse(location, hop.url)
  if (url === null) throw badRedirect('its location is no URL')
  if (hop.url.protocol === 'https:' && url.protocol !== 'https:')
    throw badRedirect('it leads from https to another scheme')
  if (url.username !== '' || url.password !== '') throw badUrl('a redirect leads to one with credentials')
  url.hash = ''
  const method = methodAfter(hop.method, status)
  const keepsBody = method === hop.method && status !== 303
  if (keepsBody && isSpent(hop.body))
    throw badRedirect('the body of the request was a stream, which cannot be sent again')
  const headers = headersAfter(hop.headers, url.origin === hop.url.origin, keepsBody)
  return { url, method, headers, ...(keepsBody && hop.body !== undefined && { body: hop.body }) }
}

export function tooManyRedirects(max: number): ServiceError {
  return new ServiceError('TOO_MANY_REDIRECTS', `The answer leads on after ${max} redirects.`, {
    status: 502,
    retryable: false,
  })
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

function methodAfter(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET'
  return (status === 301 || status === 302) && method === 'POST' ? 'GET' : method
}

function isSpent(body: Hop['body']): boolean {
  return body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
}

function headersAfter(headers: HeaderList, isSameOrigin: boolean, keepsBody: boolean): HeaderList {
  const { pairs } = headers
  const next = new HeaderList()
  for (let at = 0; at < pairs.length; at += 2) {
    const [name = '', value = ''] = [pairs[at], pairs[at + 1]]
    const isDropped =
      name === 'host' || (!isSameOrigin && credentialFields.has(name)) || (!keepsBody && contentFields.test(name))
    if (!isDropped) next.append(name, value)
  }
  return next
}

function badRedirect(why: string): ServiceError {
  return new ServiceError('REDIRECT_REFUSED', `A redirect is not followed: ${why}.`, { status: 502, retryable: false })
}
