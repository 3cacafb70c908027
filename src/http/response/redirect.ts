/** Redirects: where an answer may send the client. */
import { ServiceError } from '../../foundation/errors/service-error.ts'

/** 303 after a form, 307 and 308 to repeat the method; 301 and 308 are kept by clients for good. */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308

/** Printable ASCII: a `Location` is a URI reference (RFC 9110 section 10.2.2). */
const uriText = /^[\x21-\x7e]+$/

/**
 * `location` if it can be sent, with other characters percent-encoded. `//host` and `/\host` look like paths but lead to
 * another host, so they are refused; an address elsewhere has to say its scheme.
 *
 * @throws ServiceError `BAD_REDIRECT`.
 */
export function checkLocation(location: string): string {
  const reason = refusal(location)
  if (reason !== undefined) throw new ServiceError('BAD_REDIRECT', `A redirect was refused: its location ${reason}.`)
  return uriText.test(location) ? location : location.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}

function refusal(location: string): string | undefined {
  if (location === '') return 'is empty'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(location)) return 'holds a control character'
  if (/^[/\\]{2}/.test(location)) return 'begins like a path but leads to another host; name its scheme'
  if (!location.isWellFormed()) return 'holds a lone surrogate'
  return undefined
}
