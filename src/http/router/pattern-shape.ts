/**
 * The shape of a pattern: what decides which paths it fits, as one string. Two patterns of one shape fit the same paths.
 *
 *   /users/:id/files/*path  ──▶  '/users/' ◌ '/files/' ●       a character for each byte, and one for each wildcard
 */
import type { PathPattern } from '../../api/path-pattern.ts'
import { patternBytes, type TreePart } from './pattern-bytes.ts'
import type { RouterRules } from './router-options.ts'

/** Characters from here on are no bytes. */
export const firstMark = 0x100
export const paramMark = 0x100
export const catchAllMark = 0x101

/** ASCII without escapes. */
const plain = /^[ -$&-~]*$/
const marks = { param: String.fromCharCode(paramMark), 'catch-all': String.fromCharCode(catchAllMark) }

/** @throws ServiceError `BAD_PATTERN` for a percent sign that is no escape. */
export function patternShape(pattern: PathPattern, rules: RouterRules): string {
  // Most patterns are their own bytes.
  if (!plain.test(pattern.text)) return shapeOf(patternBytes(pattern, rules))
  let shape = ''
  for (const part of pattern.parts) shape += part.kind === 'static' ? part.text : marks[part.kind]
  return shape
}

export function shapeOf(parts: readonly TreePart[]): string {
  let shape = ''
  for (const part of parts) {
    if (part.kind !== 'static') shape += marks[part.kind]
    else for (const byte of part.bytes) shape += String.fromCharCode(byte)
  }
  return shape
}
