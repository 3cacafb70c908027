/** Text out of the bytes of a path, and back. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { asciiText } from '../internal/ascii-text.ts'
import { encodedSlash } from './decoded-path.ts'
import type { RouterRules } from './router-options.ts'

const percent = 0x25
/** RFC 3986 section 3.3: pchar and the slash, without the escape. */
const plainInPath = /[A-Za-z0-9\-._~!$&'()*+,;=:@/]/

/**
 * The value of a parameter that was sent as bytes [start, end).
 *
 * @throws ServiceError `BAD_PATH` (400) if it cannot be decoded, which only happens under `useRawPath`: else the router
 *   has refused the path already.
 */
export function paramText(bytes: Uint8Array, start: number, end: number, rules: RouterRules): string {
  let sent = asciiText(bytes, start, end)
  if (rules.removeExtraSlash) sent = sent.replace(/\/{2,}/g, '/')
  if (rules.useRawPath && !rules.unescapePathValues) return sent
  // Gin decodes a raw path as if it were a query.
  if (rules.gin && rules.useRawPath) return decoded(sent.replaceAll('+', ' ')) ?? sent
  if (!sent.includes('%')) return sent
  const value = decoded(sent)
  if (value !== undefined) return value
  throw new ServiceError('BAD_PATH', 'An escape in the path is malformed or no valid UTF-8.', { status: 400 })
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Bytes of a `DecodedPath` as they are sent. `raw` leaves escapes as they are. */
export function escapedText(bytes: Uint8Array, raw: boolean): string {
  let text = ''
  for (const byte of bytes) {
    const plain = String.fromCharCode(byte)
    if (plainInPath.test(plain) || (raw && byte === percent)) text += plain
    else text += `%${(byte === encodedSlash ? 0x2f : byte).toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

/**
 * A path for `Location` that stays on this host: `//host` names another one, and browsers take `\` for a slash.
 */
export function localPath(path: string): string {
  return path.replace(/^[/\\]+/, '/')
}
