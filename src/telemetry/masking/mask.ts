/**
 * Mask: what of a log line is not for everybody, hidden by where it stands and by what it is.
 *
 *   { path: 'user.email', way: 'hash' }     one place; `*` stands for any one name or index
 *   { path: '**.ssn', way: 'partial' }      a name at any depth
 *   { kind: 'card', way: 'partial' }        in any text, messages and stacks too
 *
 * Rules are compiled once, into a tree of names and a list of patterns. Where no rule has a say a field costs one look.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { builtinModule } from '../../platform/builtin-module.ts'
import { kindRules, type MaskKind } from './mask-kinds.ts'

/** `hash`: the same value has the same text, which nobody without the key can compute. `partial`: a few characters are left. */
export type MaskWay = 'redact' | 'hash' | 'partial'

export type MaskRule =
  | { readonly path: string; readonly way?: MaskWay }
  | { readonly kind: MaskKind; readonly way?: MaskWay }
  /** A kind of one's own; `pattern` needs the flag `g`. */
  | { readonly kind: string; readonly pattern: RegExp; readonly way?: MaskWay }

export interface MaskOptions {
  readonly rules: readonly MaskRule[]
  /** For `hash`; at least 16 characters, the same in all services whose lines are to be compared. */
  readonly hashKey?: string
}

/** A place in the tree of paths. */
export interface MaskPlace {
  readonly below: Map<string, MaskPlace>
  any: MaskPlace | undefined
  way: MaskWay | undefined
}

interface Search {
  mayHold(text: string): boolean
  readonly pattern: RegExp
  readonly replace: (found: string) => string
}

const minKeyLength = 16
const minTextLength = 3

export class Mask {
  /** Undefined without rules for paths. */
  readonly root: MaskPlace | undefined
  readonly #names = new Map<string, MaskWay>()
  readonly #searches: readonly Search[]
  readonly #hashKey: string | undefined

  /** @throws ServiceError `BAD_MASK` for a rule that cannot be. */
  constructor({ rules, hashKey }: MaskOptions) {
    this.#hashKey = hashKey
    if (rules.some(({ way }) => way === 'hash') && (hashKey ?? '').length < minKeyLength) {
      throw badMask(`hashKey: expected at least ${minKeyLength} characters, got ${(hashKey ?? '').length}`)
    }
    const root = newPlace()
    for (const rule of rules) if ('path' in rule) this.#addPath(root, rule.path, rule.way ?? 'redact')
    this.root = root.below.size === 0 && root.any === undefined ? undefined : root
    this.#searches = rules.flatMap((rule) => ('kind' in rule ? [this.#searchFor(rule)] : []))
  }

  /** What is to be done with members of this name, wherever they stand. */
  wayOf(name: string): MaskWay | undefined {
    return this.#names.get(name)
  }

  /** The text without what the rules for kinds find in it. */
  text(text: string): string {
    if (text.length < minTextLength) return text
    let masked = text
    for (const { mayHold, pattern, replace } of this.#searches) {
      if (mayHold(masked)) masked = masked.replace(pattern, replace)
    }
    return masked
  }

  /** What stands in the place of a value. */
  hidden(value: unknown, way: MaskWay): string {
    if (way === 'redact' || (typeof value === 'object' && value !== null)) return '[redacted]'
    const text = String(value)
    return way === 'hash' ? this.#hash(text) : `***${text.length >= 8 ? text.slice(-2) : ''}`
  }

  /** Where rules for a member of these places stand. A rule that names it wins over `*`; both may go on below it. */
  placesBelow(places: readonly MaskPlace[], name: string): readonly MaskPlace[] {
    const found: MaskPlace[] = []
    for (const { below, any } of places) {
      const named = below.get(name)
      if (named !== undefined) found.push(named)
      if (any !== undefined) found.push(any)
    }
    return found
  }

  #addPath(root: MaskPlace, path: string, way: MaskWay): void {
    const names = path.split('.')
    if (path === '' || names.includes('')) throw badMask(`path: expected names with dots between them, got '${path}'`)
    const [first, last] = names
    if (first === '**') {
      if (names.length !== 2 || last === undefined || last.includes('*')) {
        throw badMask(`path: '**' stands before one name, such as '**.ssn', got '${path}'`)
      }
      this.#names.set(last, way)
      return
    }
    let place = root
    for (const name of names) place = name === '*' ? anyBelow(place) : namedBelow(place, name)
    place.way = way
  }

  #searchFor(rule: Extract<MaskRule, { kind: string }>): Search {
    const { kind, way = 'redact' } = rule
    if ('pattern' in rule) {
      const { pattern } = rule
      if (!pattern.global) throw badMask(`pattern of '${kind}': expected the flag g, got '${pattern.flags}'`)
      return { mayHold: () => true, pattern, replace: (found) => this.#shown(found, kind, way) }
    }
    if (!Object.hasOwn(kindRules, kind)) {
      throw badMask(`kind: expected ${Object.keys(kindRules).join(', ')} or a pattern, got '${kind}'`)
    }
    const { mayHold, pattern, isOne, partly } = kindRules[kind as MaskKind]
    const shown = (found: string): string => (way === 'partial' ? partly(found) : this.#shown(found, kind, way))
    return { mayHold, pattern, replace: (found) => (isOne?.(found) === false ? found : shown(found)) }
  }

  #shown(found: string, kind: string, way: MaskWay): string {
    return way === 'redact' ? `[${kind}]` : this.hidden(found, way)
  }

  #hash(text: string): string {
    const hmac = builtinModule('node:crypto').createHmac('sha256', this.#hashKey ?? '')
    return `hash:${hmac.update(text).digest('hex').slice(0, 16)}`
  }
}

/** @throws ServiceError `BAD_MASK` for a rule that cannot be. */
export function createMask(options: MaskOptions): Mask {
  return new Mask(options)
}

function newPlace(): MaskPlace {
  return { below: new Map(), any: undefined, way: undefined }
}

function namedBelow(place: MaskPlace, name: string): MaskPlace {
  const known = place.below.get(name) ?? newPlace()
  place.below.set(name, known)
  return known
}

function anyBelow(place: MaskPlace): MaskPlace {
  place.any ??= newPlace()
  return place.any
}

function badMask(problem: string): ServiceError {
  return new ServiceError('BAD_MASK', `A rule for masking cannot be: ${problem}.`)
}
