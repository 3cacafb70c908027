/**
 * PathPattern: a route's path, taken apart.
 *
 *   '/users/:id/files/*path'
 *     static '/users/' · param 'id' · static '/files/' · catch-all 'path'
 *
 * As in Gin, a parameter runs to the end of its segment and may follow text (`/user_:name`), a catch-all ends the pattern
 * and stands behind a slash, and `\:` is a plain colon. Refused in addition, because they can only be mistakes: two
 * parameters of one name, and text behind a name (`/:id.json` would be a parameter called `id.json`).
 */
import { ServiceError } from '../foundation/errors/service-error.ts'

export type PatternPart =
  /** Text to be met as it stands; escapes are resolved. */
  | { readonly kind: 'static'; readonly text: string }
  /** One segment, or the rest of one, never empty. */
  | { readonly kind: 'param'; readonly name: string }
  /** Everything from the slash before it to the end. */
  | { readonly kind: 'catch-all'; readonly name: string }

export interface PathPattern {
  /** As written. */
  readonly text: string
  readonly parts: readonly PatternPart[]
  /** Parameters in the order of the path. */
  readonly names: readonly string[]
}

/** Values for the parameters of a pattern. */
export type PathValues = Readonly<Record<string, string | number | bigint>>

/** None of these is ever in the path of a request target. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const neverInPath = /[?#\x00-\x1f\x7f]/

/** @throws ServiceError `BAD_PATTERN`, saying what is wrong where. */
export function parsePathPattern(text: string): PathPattern {
  if (!text.startsWith('/')) throw badPattern(text, 0, 'a pattern begins with a slash')
  const stray = text.search(neverInPath)
  if (stray !== -1) throw badPattern(text, stray, 'a path holds no query, fragment or control character')

  const parts: PatternPart[] = []
  const names: string[] = []
  for (let at = 0; at < text.length; ) {
    const wildcard = nextWildcard(text, at)
    if (wildcard > at) parts.push({ kind: 'static', text: unescapeColons(text.slice(at, wildcard)) })
    if (wildcard === text.length) break
    const name = readName(text, wildcard)
    if (names.includes(name)) throw badPattern(text, wildcard, `the name '${name}' is used twice`)
    names.push(name)
    parts.push({ kind: text[wildcard] === '*' ? 'catch-all' : 'param', name })
    at = wildcard + 1 + name.length
  }
  return { text, parts, names }
}

/**
 * The path for these values: each is percent-encoded, a catch-all keeps its slashes (one at its front is optional).
 *
 * @throws ServiceError `BAD_PATH_PARAM` for a value that is missing, empty, `.` or `..`, which would lead to another
 *   route, or that is not well-formed text.
 */
export function buildPath({ text, parts }: PathPattern, values: PathValues): string {
  let path = ''
  for (const part of parts) {
    if (part.kind === 'static') path += encodeStatic(part.text)
    else path += encodeValue(text, part, values)
  }
  if (hasDotSegment(path)) throw badParam(text, 'a value makes a segment `.` or `..`, which clients resolve away')
  return path
}

/** By the engine's own search: a service has hundreds of patterns, and a loop over their characters would be compiled. */
function nextWildcard(text: string, from: number): number {
  let colon = text.indexOf(':', from)
  while (colon > from && text[colon - 1] === '\\') colon = text.indexOf(':', colon + 1)
  const asterisk = text.indexOf('*', from)
  if (colon === -1) return asterisk === -1 ? text.length : asterisk
  return asterisk === -1 ? colon : Math.min(colon, asterisk)
}

function readName(text: string, wildcard: number): string {
  const slash = text.indexOf('/', wildcard)
  const rest = text.slice(wildcard + 1, slash === -1 ? undefined : slash)
  const name = nameAtStart(rest)
  if (name === undefined) throw badPattern(text, wildcard, `'${text[wildcard]}' needs a name, such as ':id' or '*path'`)

  const end = wildcard + 1 + name.length
  const follower = text[end]
  if (follower === ':' || follower === '*') throw badPattern(text, end, 'a segment holds one parameter')
  if (end < wildcard + 1 + rest.length) throw badPattern(text, end, 'a parameter takes the rest of its segment')
  if (text[wildcard] === ':') return name
  if (text[wildcard - 1] !== '/') throw badPattern(text, wildcard, 'a catch-all stands behind a slash')
  if (slash !== -1) throw badPattern(text, slash, 'a catch-all ends the pattern')
  return name
}

/** Unicode's letters take an engine 10 ms to compile, which only a path that has some should pay. */
function nameAtStart(text: string): string | undefined {
  return /^[ -~]*$/.test(text) ? /^[A-Za-z_][\w-]*/.exec(text)?.[0] : unicodeNameAtStart(text)
}

function unicodeNameAtStart(text: string): string | undefined {
  return /^[\p{L}_][\p{L}\p{N}_-]*/u.exec(text)?.[0]
}

function unescapeColons(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\:', ':') : text
}

/** Every byte of a request target is in 0x21–0x7E; what is escaped already stays so. */
function encodeStatic(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}

function encodeValue(pattern: string, part: { kind: 'param' | 'catch-all'; name: string }, values: PathValues): string {
  const value = Object.hasOwn(values, part.name) ? values[part.name] : undefined
  if (value === undefined || value === null) throw badParam(pattern, `the value for '${part.name}' is missing`)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw badParam(pattern, `the number for '${part.name}' is not finite`)
  }
  const raw = String(value)
  if (!raw.isWellFormed()) throw badParam(pattern, `the text for '${part.name}' holds a lone surrogate`)
  // Slashes in front are dropped, so that `/*path` cannot become `//host`, another origin.
  if (part.kind === 'catch-all') return raw.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')
  if (raw === '') throw badParam(pattern, `the value for '${part.name}' is empty`)
  return encodeURIComponent(raw)
}

function hasDotSegment(path: string): boolean {
  return /(?:^|\/)\.\.?(?:\/|$)/.test(path)
}

function badPattern(pattern: string, at: number, why: string): ServiceError {
  return new ServiceError('BAD_PATTERN', `The path pattern '${pattern}' is wrong at character ${at + 1}: ${why}.`)
}

function badParam(pattern: string, why: string): ServiceError {
  return new ServiceError('BAD_PATH_PARAM', `No path can be built from '${pattern}': ${why}.`)
}
