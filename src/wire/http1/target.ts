/**
 * Target: the forms of a request target other than a plain path (RFC 9112 section 3.2).
 *
 *   GET http://example.com:8080/path?query    absolute-form: the host is taken from here, the Host field is ignored
 *   OPTIONS *                                 asterisk-form: the server as a whole
 *   CONNECT example.com:443                   authority-form: for proxies; an origin server refuses it
 */
import { ASTERISK, authorityByte, COLON, hexDigit, isDigit, latin1, QUESTION, SLASH } from './octets.ts'

export interface Target {
  /** What the offsets point into: the given bytes, or new ones where the path had to be made up. */
  readonly bytes: Uint8Array
  readonly pathStart: number
  readonly pathEnd: number
  readonly queryStart: number
  readonly queryEnd: number
  /** Set by absolute-form. */
  readonly authority?: string
}

/** Methods that RFC 9110 and RFC 5789 define for resources; `*` is none. Extensions, such as UPnP's M-SEARCH, may use it. */
const resourceMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])

const percent = 0x25
const bracketOpen = 0x5b
const bracketClose = 0x5d

/** Reads a target at [start, end) that does not begin with `/`. Undefined if it is none that an origin server takes. */
export function targetFrom(method: string, bytes: Uint8Array, start: number, end: number): Target | undefined {
  if (bytes[start] === ASTERISK) {
    if (end !== start + 1 || resourceMethods.has(method)) return undefined
    return { bytes, pathStart: start, pathEnd: end, queryStart: end, queryEnd: end }
  }
  return method === 'CONNECT' ? undefined : absoluteTarget(method, bytes, start, end)
}

function absoluteTarget(method: string, bytes: Uint8Array, start: number, end: number): Target | undefined {
  const authorityStart = start + schemeLength(bytes, start, end)
  if (authorityStart === start) return undefined
  let authorityEnd = authorityStart
  while (authorityEnd < end && bytes[authorityEnd] !== SLASH && bytes[authorityEnd] !== QUESTION) authorityEnd++
  // An empty host is invalid (RFC 9110 section 4.2.1); user information is an error (4.2.4) and fails as a host does.
  if (authorityEnd === authorityStart || bytes[authorityStart] === COLON) return undefined
  if (!isHostAndPort(bytes, authorityStart, authorityEnd)) return undefined
  const authority = latin1(bytes, authorityStart, authorityEnd)
  if (bytes[authorityEnd] === SLASH && authorityEnd < end) {
    const pathEnd = indexOfByte(bytes, QUESTION, authorityEnd, end)
    return { bytes, pathStart: authorityEnd, pathEnd, queryStart: Math.min(pathEnd + 1, end), queryEnd: end, authority }
  }
  return { ...pathlessTarget(method, bytes.subarray(authorityEnd, end)), authority }
}

/** An empty path means `/`, or `*` for OPTIONS without a query (RFC 9112 section 3.2.4). */
function pathlessTarget(method: string, query: Uint8Array): Target {
  const bytes = new Uint8Array(query.length + 1)
  bytes[0] = method === 'OPTIONS' && query.length === 0 ? ASTERISK : SLASH
  bytes.set(query, 1)
  return { bytes, pathStart: 0, pathEnd: 1, queryStart: Math.min(2, bytes.length), queryEnd: bytes.length }
}

function schemeLength(bytes: Uint8Array, start: number, end: number): number {
  const beginning = latin1(bytes, start, Math.min(start + 8, end)).toLowerCase()
  if (beginning.startsWith('http://')) return 7
  return beginning === 'https://' ? 8 : 0
}

/** Whether [start, end) is a `uri-host [":" port]` (RFC 9110 section 7.2); an empty one is. */
export function isHostAndPort(bytes: Uint8Array, start: number, end: number): boolean {
  const hostEnd = bytes[start] === bracketOpen ? ipLiteralEnd(bytes, start, end) : registeredNameEnd(bytes, start, end)
  if (hostEnd === -1) return false
  if (hostEnd === end) return true
  return bytes[hostEnd] === COLON && isPort(bytes, hostEnd + 1, end)
}

function ipLiteralEnd(bytes: Uint8Array, start: number, end: number): number {
  const close = indexOfByte(bytes, bracketClose, start, end)
  if (close === end || close < start + 3) return -1
  for (let i = start + 1; i < close; i++) {
    const byte = bytes[i] as number
    if (authorityByte[byte] === 0 || byte === bracketOpen) return -1
  }
  return close + 1
}

/** Names and IPv4 addresses. */
function registeredNameEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === COLON) return i
    if (authorityByte[byte] === 0 || byte === bracketOpen || byte === bracketClose) return -1
    if (byte === percent && !isEscape(bytes, i, end)) return -1
  }
  return end
}

function isEscape(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 < end && hexDigit[bytes[at + 1] as number] !== 255 && hexDigit[bytes[at + 2] as number] !== 255
}

function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  let port = 0
  for (let i = start; i < end; i++) {
    if (!isDigit(bytes[i])) return false
    port = port * 10 + (bytes[i] as number) - 0x30
    if (port > 65_535) return false
  }
  return true
}

function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return i
  return end
}
