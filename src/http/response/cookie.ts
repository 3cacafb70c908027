/** Set-Cookie: how a cookie is written (RFC 6265bis section 4.1). */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Settings } from '../internal/settings.ts'
import { cookieSigner } from '../request/cookie-signer.ts'

export interface CookieOptions {
  /** Life in seconds; 0 deletes the cookie. Default: until the browser ends its session. */
  maxAgeS?: number
  expires?: Date
  /** Default `/`. */
  path?: string
  /** Default: the answering host alone. */
  domain?: string
  /** Sent over https only. Default: whether this request came that way. `SameSite=None` needs it. */
  secure?: boolean
  /** Kept from scripts. Default true. */
  httpOnly?: boolean
  /** Default `lax`. */
  sameSite?: 'strict' | 'lax' | 'none'
  /** Kept apart by top-level site (CHIPS). Default false. */
  partitioned?: boolean
  /** Appends an HMAC-SHA256 of name and value, so that a changed one is not believed: `c.raw.signedCookie(name)`. */
  signed?: boolean
}

/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 6265bis section 4.1.1: cookie-octet, without the percent sign that encoding uses. */
const cookieText = /^[\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
/** What an attribute may hold without ending it. */
const attributeText = /^[\x20-\x3a\x3c-\x7e]*$/
const sameSiteNames = { strict: 'Strict', lax: 'Lax', none: 'None' } as const

/** @throws ServiceError `BAD_COOKIE`, or `COOKIE_KEYS_MISSING` if it is to be signed and there is no key. */
export function serializeCookie(
  name: string,
  value: string,
  options: CookieOptions,
  settings: Pick<Settings, 'cookies'>,
): string {
  const {
    maxAgeS,
    expires,
    path = '/',
    domain,
    secure = false,
    httpOnly = true,
    sameSite = 'lax',
    partitioned,
  } = options
  if (!token.test(name)) throw badCookie(name, 'its name is not a token (RFC 9110 section 5.6.2)')
  checkPrefix(name, { secure, path, domain })
  if (sameSite === 'none' && !secure) throw badCookie(name, 'browsers drop SameSite=None without Secure')

  const full = options.signed === true ? cookieSigner(settings).sign(name, value) : value
  let text = `${name}=${cookieText.test(full) ? full : encodeURIComponent(full)}; Path=${attribute(name, path)}`
  if (domain !== undefined) text += `; Domain=${attribute(name, domain)}`
  if (maxAgeS !== undefined) text += `; Max-Age=${wholeSeconds(name, maxAgeS)}`
  if (expires !== undefined) text += `; Expires=${expires.toUTCString()}`
  if (httpOnly) text += '; HttpOnly'
  if (secure) text += '; Secure'
  if (partitioned === true) text += '; Partitioned'
  return `${text}; SameSite=${sameSiteNames[sameSite]}`
}

/** RFC 6265bis section 4.1.3: browsers drop cookies whose name promises what their attributes do not keep. */
function checkPrefix(
  name: string,
  { secure, path, domain }: { secure: boolean; path: string; domain: string | undefined },
): void {
  const lower = name.toLowerCase()
  if ((lower.startsWith('__secure-') || lower.startsWith('__host-')) && !secure) {
    throw badCookie(name, 'its name promises Secure')
  }
  if (lower.startsWith('__host-') && (path !== '/' || domain !== undefined)) {
    throw badCookie(name, 'its name promises Path=/ and no Domain')
  }
}

function attribute(name: string, value: string): string {
  if (attributeText.test(value)) return value
  throw badCookie(name, 'an attribute holds a semicolon or a control character')
}

function wholeSeconds(name: string, seconds: number): number {
  if (Number.isSafeInteger(seconds)) return seconds
  throw badCookie(name, 'maxAgeS is not a whole number')
}

function badCookie(name: string, why: string): ServiceError {
  return new ServiceError('BAD_COOKIE', `The cookie '${token.test(name) ? name : '?'}' cannot be sent: ${why}.`)
}
