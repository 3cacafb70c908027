/**
 * JSON from outside, read strictly (RFC 8259).
 *
 *   bytes ─▶ UTF-8, fatal ─▶ could it break a limit? ──no──────────────▶ JSON.parse ─▶ value
 *                                     └─yes─▶ scan: depth, names ──ok──▶     └─throws─▶ scan for the place ─▶ BAD_JSON
 *
 * `JSON.parse` does the work. Whether a body needs the scan is asked with a few native searches, so that small flat
 * bodies pay next to nothing; the scan itself is linear and allocates nothing for a sound body.
 *
 * - One byte order mark in front is skipped, as RFC 8259 section 8.1 allows. Other encodings are refused.
 * - The last of equal names wins, as in every JavaScript and Go parser; `duplicateNames: 'refuse'` costs a scan.
 * - `__proto__` is refused anywhere, `prototype` inside `constructor` too: merged carelessly they poison prototypes.
 * - Large numbers become what JavaScript makes of them; the schema decides whether `1e999` is a quantity.
 */
import { Buffer } from 'node:buffer'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { scanJson } from './internal/json-scan.ts'

export interface JsonLimits {
  /** Arrays and objects inside one another. Default 64. */
  readonly maxDepth: number
  /** Names in one object, repeated ones included. Default 1,000. */
  readonly maxNames: number
  /** What to do with a name that stands twice in one object. Default `last`: it wins. */
  readonly duplicateNames: 'last' | 'refuse'
}

export const defaultJsonLimits: JsonLimits = { maxDepth: 64, maxNames: 1_000, duplicateNames: 'last' }

/** Fatal: a body that is not UTF-8 is refused and never repaired. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The value that the text stands for. Errors tell the place as a byte offset and never repeat the content.
 *
 * @throws ServiceError, all 400: `BAD_JSON`, `BAD_UTF8`, `JSON_TOO_DEEP`, `JSON_TOO_MANY_NAMES`, `JSON_DUPLICATE_NAME`,
 *   `JSON_DANGEROUS_NAME`.
 */
export function parseJson(body: Uint8Array | string, limits: JsonLimits = defaultJsonLimits): unknown {
  const text = typeof body === 'string' ? body : decode(body)
  if (mayBreakLimit(text, limits)) scanJson(bytesOf(body), limits)
  try {
    return JSON.parse(text)
  } catch (cause) {
    scanJson(bytesOf(body), limits)
    throw new ServiceError('BAD_JSON', 'The body is not JSON.', { status: 400, cause })
  }
}

const { utf8Slice } = Buffer.prototype as unknown as {
  utf8Slice: (this: Uint8Array, start: number, end: number) => string
}

/** A buffer's own decoder is the quicker one, and repairs: what it may have repaired goes to the strict one. */
function decode(bytes: Uint8Array): string {
  const text = utf8Slice.call(bytes, 0, bytes.length)
  return text.includes('\ufffd') || text.charCodeAt(0) === 0xfeff ? decodeStrictly(bytes) : text
}

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    const offset = firstBadByte(bytes)
    throw new ServiceError('BAD_UTF8', `The body is not UTF-8 at byte ${offset}; JSON is sent in UTF-8.`, {
      status: 400,
      details: { offset },
      cause,
    })
  }
}

/** False only if the text cannot break a limit, whatever it says. Every search is native and most end at once. */
function mayBreakLimit(text: string, { maxDepth, maxNames, duplicateNames }: JsonLimits): boolean {
  if (duplicateNames === 'refuse') return true
  // The other way to write a dangerous name is with an escape.
  if (text.includes('\\') && text.includes('\\u')) return true
  const objects = countUpTo(text, '{', maxDepth)
  // One of them has underscores, the other one stands in an object in an object; 'proto' is in both, but longer to look for.
  if ((objects > 1 || text.includes('_')) && text.includes('proto')) return true
  if (text.length > maxDepth && objects + countUpTo(text, '[', maxDepth) > maxDepth) return true
  return text.length > maxNames * shortestMember && countUpTo(text, ':', maxNames) > maxNames
}

/** Characters of `"":1,`: what a name costs at least. */
const shortestMember = 5

function countUpTo(text: string, character: string, limit: number): number {
  let count = 0
  for (let at = text.indexOf(character); at !== -1 && count <= limit; at = text.indexOf(character, at + 1)) count++
  return count
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body
}

/** A lenient decoder marks the place with U+FFFD; one that the sender wrote himself is not it. */
function firstBadByte(bytes: Uint8Array): number {
  let offset = 0
  for (const character of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
    if (character === '\ufffd' && !isReplacementCharacter(bytes, offset)) return offset
    const codePoint = character.codePointAt(0) as number
    offset += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
  }
  return offset
}

function isReplacementCharacter(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd
}
