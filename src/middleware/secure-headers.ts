/** secureHeaders: what OWASP's secure headers project asks of every answer, for an API that serves no pages by default. */
import { type Middleware, nextThen } from '../http/middleware.ts'
import type { Reply } from '../http/reply.ts'

export interface SecureHeadersOptions {
  /** Default `default-src 'none'; frame-ancestors 'none'`: right for JSON. A service with pages gives its own. */
  contentSecurityPolicy?: string | false
  /** Lifetime of Strict-Transport-Security in seconds, sent on https only; default a year, `false` for none. */
  hstsMaxAgeSeconds?: number | false
  /** Default `no-referrer`. */
  referrerPolicy?: string | false
  /** Further headers, or other values for these. */
  headers?: Readonly<Record<string, string>>
}

/** A header that a handler has set stays as it is. */
export function secureHeaders({
  contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'",
  hstsMaxAgeSeconds = 365 * 24 * 60 * 60,
  referrerPolicy = 'no-referrer',
  headers = {},
}: SecureHeadersOptions = {}): Middleware {
  const always = Object.entries({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(contentSecurityPolicy !== false && { 'content-security-policy': contentSecurityPolicy }),
    ...(referrerPolicy !== false && { 'referrer-policy': referrerPolicy }),
    ...headers,
  })
  const overTls =
    hstsMaxAgeSeconds === false
      ? always
      : [...always, ['strict-transport-security', `max-age=${hstsMaxAgeSeconds}; includeSubDomains`] as const]

  return function secureHeaders(c, next) {
    const missing = c.scheme === 'https' ? overTls : always
    return nextThen(next, (reply) => addMissing(reply, missing))
  }
}

function addMissing({ headers }: Reply, wanted: readonly (readonly [string, string])[]): void {
  for (const [name, value] of wanted) if (!headers.has(name)) headers.append(name, value)
}
