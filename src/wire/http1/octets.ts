/**
 * Octets: what a byte may be, as tables, so that the scanners ask once per byte.
 *
 * All text on the wire is Latin-1 (one byte, one character); whoever needs UTF-8 decodes the bytes.
 */
import { Buffer } from 'node:buffer'

export const HTAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const QUOTE = 0x22
export const HASH = 0x23
export const ASTERISK = 0x2a
export const SLASH = 0x2f
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const EQUALS = 0x3d
export const QUESTION = 0x3f
export const BACKSLASH = 0x5c

/** For a byte of a token (RFC 9110 section 5.6.2) its lower-case form, else 0. */
export const lowerToken: Uint8Array = tableOf("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz", (byte) => byte)
for (let upper = 0x41; upper <= 0x5a; upper++) lowerToken[upper] = upper | 0x20

/** 1 for a byte that may stand in a field value (RFC 9110 section 5.5): visible, space, tab, obs-text. */
export const fieldByte: Uint8Array = new Uint8Array(256)
  .fill(1, SP)
  .fill(0, 0x7f, 0x80)
  .fill(1, HTAB, HTAB + 1)

/**
 * 1 for a byte that may stand in a request target: visible US-ASCII without `#`. That is wider than RFC 3986, because
 * browsers send `|`, `{` and the like unencoded in queries; a fragment is never sent (RFC 9112 section 3.2).
 */
export const targetByte: Uint8Array = new Uint8Array(256).fill(1, SP + 1, 0x7f).fill(0, HASH, HASH + 1)

/** 1 for a byte that may stand in a `uri-host [":" port]` (RFC 3986 section 3.2.2), brackets and colons included. */
export const authorityByte: Uint8Array = tableOf(
  "-._~!$&'()*+,;=%:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
  () => 1,
)

/** Value of a hexadecimal digit, else 255. */
export const hexDigit: Uint8Array = new Uint8Array(256).fill(255)
for (let value = 0; value < 16; value++) {
  hexDigit[value.toString(16).charCodeAt(0)] = value
  hexDigit[value.toString(16).toUpperCase().charCodeAt(0)] = value
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

const { latin1Slice, latin1Write } = Buffer.prototype as unknown as {
  latin1Slice: (this: Uint8Array, start: number, end: number) => string
  latin1Write: (this: Uint8Array, text: string, at: number) => number
}

/** The bytes [start, end) as text. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end)
}

/** Writes a byte string at `at`, where there must be room, and returns its length. */
export function putLatin1(bytes: Uint8Array, text: string, at: number): number {
  return latin1Write.call(bytes, text, at)
}

/** Whether the bytes [start, end) are `text`. */
export function isTextAt(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false
  return true
}

/** Whether the token at [start, end) is `lowerName`, whatever its case. */
export function tokenIs(bytes: Uint8Array, start: number, end: number, lowerName: string): boolean {
  if (end - start !== lowerName.length) return false
  for (let i = 0; i < lowerName.length; i++) {
    if (lowerToken[bytes[start + i] as number] !== lowerName.charCodeAt(i)) return false
  }
  return true
}

function tableOf(characters: string, entryFor: (byte: number) => number): Uint8Array {
  const table = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = entryFor(characters.charCodeAt(i))
  return table
}
