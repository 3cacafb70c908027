/** The `Cookie` header, read as servers should (RFC 6265bis section 5.7): pairs apart by `;`, the first of a name wins. */
import type { RawCookies } from '../../api/operation.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { nullRecord } from '../internal/null-record.ts'

/** @throws ServiceError `TOO_MANY_COOKIES` (400). */
export function parseCookies(header: string | undefined, maxCookies: number): RawCookies {
  const cookies: Record<string, string> = nullRecord()
  if (header === undefined) return cookies
  let count = 0
  for (let start = 0; start < header.length; ) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon === -1 ? header.length : semicolon
    const equals = header.indexOf('=', start)
    if (equals !== -1 && equals < end) {
      if (++count > maxCookies) throw tooManyCookies(maxCookies)
      const name = header.slice(start, equals).trim()
      if (name !== '' && !(name in cookies)) cookies[name] = cookieValue(header.slice(equals + 1, end).trim())
    }
    start = end + 1
  }
  return cookies
}

/** Without the quotes that some clients put around, and decoded as `c.cookie()` encodes; what does not decode stays. */
function cookieValue(sent: string): string {
  const value = sent.length > 1 && sent.startsWith('"') && sent.endsWith('"') ? sent.slice(1, -1) : sent
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function tooManyCookies(limit: number): ServiceError {
  return new ServiceError('TOO_MANY_COOKIES', `The request holds more than ${limit} cookies.`, { status: 400 })
}
