/** The parts of a pattern as bytes: what the tree holds is what `DecodedPath` makes of a path, or the path as sent. */
import { type PathPattern, parsePathPattern } from '../../api/path-pattern.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { DecodedPath } from './decoded-path.ts'
import { maxRouteParams } from './route-match.ts'
import type { RouterRules } from './router-options.ts'

/** A piece of a pattern as bytes. */
export type TreePart =
  | { readonly kind: 'static'; readonly bytes: Uint8Array }
  | { readonly kind: 'param' | 'catch-all' }

const text = new TextEncoder()
const percent = 0x25

/** @throws ServiceError `BAD_PATTERN` for one that no request can fit, or with more parameters than a match can hold. */
export function readPattern(pattern: string): PathPattern {
  const parsed = parsePathPattern(pattern)
  if (parsed.names.length > maxRouteParams) {
    throw badPattern(pattern, `it has ${parsed.names.length} parameters, ${maxRouteParams} are possible`)
  }
  return parsed
}

/** @throws ServiceError `BAD_PATTERN` for a percent sign that is no escape. */
export function patternBytes(pattern: PathPattern, rules: RouterRules): TreePart[] {
  return pattern.parts.map((part) => {
    if (part.kind !== 'static') return part
    const sent = text.encode(rules.useRawPath ? escapeNonAscii(part.text) : part.text)
    if (!sent.includes(percent)) return { kind: 'static', bytes: sent }
    const path = new DecodedPath()
    const problem = path.decode(sent, 0, sent.length, {
      raw: rules.useRawPath,
      encodedSlash: rules.encodedSlash,
      removeExtraSlash: false,
    })
    if (problem !== undefined) throw badPattern(pattern.text, `${problem}; write %25 for a percent sign`)
    return { kind: 'static', bytes: path.bytes.slice(0, path.length) }
  })
}

function escapeNonAscii(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}

function badPattern(pattern: string, why: string): ServiceError {
  return new ServiceError('BAD_PATTERN', `The path pattern '${pattern}' cannot be routed: ${why}.`)
}
