/**
 * BoundedJson: any value as JSON text that is never too deep, too wide or too long, never cyclic and never secret.
 *
 *   value ─▶ scalar? ──yes──▶ text
 *              └─no─▶ secret name? known class (Error, Date, Map …)? ─▶ members, one level deeper, while room is left
 *
 * A log line is the last resort when something is wrong, so whatever arrives is written as well as it can be:
 * `[circular]`, `[truncated]`, `[unreadable: …]` stand for what cannot. Flat fields take a path without allocations.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { LogFields } from '../logger.ts'
import type { Mask, MaskPlace, MaskWay } from '../masking/mask.ts'
import { type SecretNames, secretNames } from '../secret-names.ts'

export interface JsonLimits {
  /** Levels of objects and arrays below a field; default 6. */
  readonly maxDepth?: number
  /** Members of one object, items of one array; default 100. */
  readonly maxMembers?: number
  /** Characters of one string; default 8,192. Stacks have twice that. */
  readonly maxStringLength?: number
  /** Characters of all fields together, about; default 65,536. */
  readonly maxTotalLength?: number
}

export interface BoundedJsonOptions {
  readonly isSecret?: SecretNames
  readonly limits?: JsonLimits
  /** What is hidden by its place or its kind, beside secrets, as `createMask()` makes it; default nothing. */
  readonly mask?: Mask
  /** Whether errors show their stacks; default true. */
  readonly withStacks?: boolean
  /** Names that the line itself uses; a field of that name is written with a `_` behind it. */
  readonly reservedNames?: readonly string[]
}

export const redactedText = '[redacted]'

/** What is known about a member's name, found out once. */
interface MemberName {
  /** `"name":` */
  readonly text: string
  /** The same as a field of a line, where some names are taken. */
  readonly fieldText: string
  /** How it is hidden, whatever it holds. */
  readonly way: MaskWay | undefined
  /** What the field held when it was last written, if that is short … */
  lastValue: unknown
  /** … and what was written. */
  lastText: string
}

/** One walk through a nested value. */
interface Walk {
  readonly ancestors: object[]
  charactersLeft: number
  /** Where rules for what is below stand; none for nearly all. */
  readonly places: readonly MaskPlace[]
}

const noPlaces: readonly MaskPlace[] = []
/** What a text may have behind its limit for a rule to recognise it. */
const maskMargin = 256
/** Twelve digits: a number may be that of a card or an account from here on. */
const longNumber = 1e12

/** Names come from code, so they are few; data with names of its own must not fill the memory. */
const maxRememberedNames = 1_000
const maxNameLength = 256
/** Longer values are not kept: they take memory, and few of them come twice. */
const maxRememberedText = 64

export class BoundedJson {
  readonly #isSecret: SecretNames
  readonly #maxDepth: number
  readonly #maxMembers: number
  readonly #maxStringLength: number
  readonly #maxTotalLength: number
  readonly #withStacks: boolean
  readonly #mask: Mask | undefined
  readonly #rootPlaces: readonly MaskPlace[]
  readonly #reservedNames: ReadonlySet<string>
  readonly #names = new Map<string, MemberName>()

  constructor({
    isSecret = secretNames(),
    limits = {},
    mask,
    withStacks = true,
    reservedNames = [],
  }: BoundedJsonOptions = {}) {
    this.#isSecret = isSecret
    this.#maxDepth = limits.maxDepth ?? 6
    this.#maxMembers = limits.maxMembers ?? 100
    this.#maxStringLength = limits.maxStringLength ?? 8_192
    this.#maxTotalLength = limits.maxTotalLength ?? 65_536
    this.#withStacks = withStacks
    this.#mask = mask
    this.#rootPlaces = mask?.root === undefined ? noPlaces : [mask.root]
    this.#reservedNames = new Set(reservedNames)
  }

  /** The fields as members to append to an object: `,"name":value` for each; empty if there are none. */
  fields(fields: LogFields): string {
    try {
      return this.#fields(fields)
    } catch {
      // A getter or a proxy threw. Reading member by member is slower and finds out which.
      return this.#fields(readableCopy(fields))
    }
  }

  /** One value; `name` decides whether it is secret. */
  value(name: string, value: unknown): string {
    const { way } = this.#nameOf(name)
    if (way !== undefined) return this.#hidden(value, way)
    if (this.#rootPlaces !== noPlaces) return this.#placed(name, value, this.#rootPlaces, newWalk(this.#maxTotalLength))
    return this.#scalar(value) ?? this.#compound(value, newWalk(this.#maxTotalLength))
  }

  /** One value as it is where it is a short text, a number or a boolean that nothing hides; undefined if it must be asked for as JSON. */
  plain(name: string, value: unknown): string | number | boolean | undefined {
    if (this.#mask !== undefined || this.#nameOf(name).way !== undefined) return undefined
    switch (typeof value) {
      case 'string':
        return value.length <= this.#maxStringLength && !needsEscape.test(value) ? value : undefined
      case 'number':
        return Number.isFinite(value) ? value : undefined
      case 'boolean':
        return value
      default:
        return undefined
    }
  }

  #fields(fields: LogFields): string {
    let text = ''
    for (const name of Object.keys(fields)) {
      const value = fields[name]
      if (value === undefined) continue
      const known = this.#nameOf(name)
      const { fieldText, way } = known
      if (text.length > this.#maxTotalLength) return `${text},"truncated":true`
      if (way !== undefined) text += `,${fieldText}${this.#hidden(value, way)}`
      else if (this.#rootPlaces !== noPlaces) {
        text += `,${fieldText}${this.#placed(name, value, this.#rootPlaces, newWalk(this.#maxTotalLength - text.length))}`
      } else text += this.#field(known, value, this.#maxTotalLength - text.length)
    }
    return text
  }

  /** Most fields of most lines hold what they held in the line before: a method, a route, a status, a customer. */
  #field(name: MemberName, value: unknown, charactersLeft: number): string {
    if (value === name.lastValue) return name.lastText
    const scalar = this.#scalar(value)
    if (scalar === undefined) return `,${name.fieldText}${this.#startWalk(value, charactersLeft)}`
    const text = `,${name.fieldText}${scalar}`
    if (scalar.length <= maxRememberedText) {
      name.lastValue = value
      name.lastText = text
    }
    return text
  }

  #startWalk(value: unknown, charactersLeft: number): string {
    return this.#compound(value, newWalk(charactersLeft))
  }

  #hidden(value: unknown, way: MaskWay): string {
    return this.#mask === undefined ? `"${redactedText}"` : quoted(this.#mask.hidden(value, way))
  }

  /** A member of a place below which rules stand. */
  #placed(name: string, value: unknown, places: readonly MaskPlace[], walk: Walk): string {
    const below = this.#mask?.placesBelow(places, name) ?? noPlaces
    const way = below.find((place) => place.way !== undefined)?.way
    if (way !== undefined) return this.#hidden(value, way)
    const text = this.#scalar(value)
    if (text === undefined) {
      const inner = { ancestors: walk.ancestors, charactersLeft: walk.charactersLeft, places: below }
      const compound = this.#compound(value, inner)
      walk.charactersLeft = inner.charactersLeft
      return compound
    }
    walk.charactersLeft -= text.length
    return text
  }

  #nameOf(name: string): MemberName {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const shown = name.length > maxNameLength ? name.slice(0, maxNameLength) : name
    const text = `${JSON.stringify(shown)}:`
    const fieldText = this.#reservedNames.has(name) ? `${JSON.stringify(`${shown}_`)}:` : text
    const way: MaskWay | undefined = this.#isSecret(name) ? 'redact' : this.#mask?.wayOf(name)
    const learned: MemberName = { text, fieldText, way, lastValue: undefined, lastText: '' }
    if (this.#names.size < maxRememberedNames) this.#names.set(name, learned)
    return learned
  }

  /** Text of what has no members; undefined for the rest. */
  #scalar(value: unknown): string | undefined {
    switch (typeof value) {
      case 'string':
        return this.#string(value, this.#maxStringLength)
      case 'number':
        if (this.#mask !== undefined && value >= longNumber) return this.#longNumber(value, this.#mask)
        return Number.isFinite(value) ? String(value) : `"${value}"`
      case 'boolean':
        return value ? 'true' : 'false'
      case 'bigint':
        // Beyond 2^53 a JSON number would be rounded by whoever reads it.
        return `"${value}"`
      case 'undefined':
        return 'null'
      case 'symbol':
        return quoted(String(value))
      case 'function':
        return quoted(`[function ${String(value.name)}]`)
      default:
        return value === null ? 'null' : undefined
    }
  }

  #longNumber(value: number, mask: Mask): string {
    const text = String(value)
    const masked = mask.text(text)
    return masked === text && Number.isFinite(value) ? text : quoted(masked)
  }

  #string(text: string, maxLength: number): string {
    if (this.#mask !== undefined) return this.#masked(text, maxLength, this.#mask)
    return text.length <= maxLength ? quoted(text) : quoted(`${text.slice(0, maxLength)}… (${text.length} characters)`)
  }

  /** Masked before it is cut, since half of a card number would not be known as one. */
  #masked(text: string, maxLength: number, mask: Mask): string {
    const masked = mask.text(text.length <= maxLength ? text : text.slice(0, maxLength + maskMargin))
    if (text.length <= maxLength) return quoted(masked)
    return quoted(`${masked.slice(0, maxLength)}… (${text.length} characters)`)
  }

  #any(value: unknown, walk: Walk): string {
    const text = this.#scalar(value)
    if (text === undefined) return this.#compound(value, walk)
    walk.charactersLeft -= text.length
    return text
  }

  /** An object of any class. Never called for anything else, which `unknown` at the edge cannot say. */
  #compound(value: unknown, walk: Walk): string {
    const object = value as object
    if (walk.ancestors.includes(object)) return '"[circular]"'
    if (walk.charactersLeft <= 0) return '"[truncated]"'
    if (walk.ancestors.length > this.#maxDepth) return Array.isArray(object) ? '"[array]"' : '"[object]"'
    walk.ancestors.push(object)
    try {
      return this.#opened(object, walk)
    } catch (error) {
      return quoted(`[unreadable: ${error instanceof Error ? error.message : String(error)}]`)
    } finally {
      walk.ancestors.pop()
    }
  }

  #opened(object: object, walk: Walk): string {
    if (object instanceof Error) return this.#error(object, walk)
    if (Array.isArray(object)) return this.#items(object, object.length, walk)
    if (object instanceof Date) return Number.isNaN(object.getTime()) ? '"Invalid Date"' : `"${object.toISOString()}"`
    if (object instanceof Map) return this.#members(object, object.size, walk)
    if (object instanceof Set) return this.#items(object, object.size, walk)
    if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) return `"[${object.byteLength} bytes]"`
    if ('toJSON' in object && typeof object.toJSON === 'function') return this.#any(object.toJSON(), walk)
    const names = Object.keys(object)
    return this.#members(valuesUnder(object as LogFields, names), names.length, walk)
  }

  #items(items: Iterable<unknown>, count: number, walk: Walk): string {
    let text = ''
    let shown = 0
    for (const item of items) {
      if (shown === this.#maxMembers || walk.charactersLeft <= 0) break
      const shownItem =
        walk.places === noPlaces ? this.#any(item, walk) : this.#placed(String(shown), item, walk.places, walk)
      text += (shown++ === 0 ? '' : ',') + shownItem
    }
    if (shown < count) text += `${shown === 0 ? '' : ','}"[${count - shown} more]"`
    return `[${text}]`
  }

  #members(members: Iterable<readonly [unknown, unknown]>, count: number, walk: Walk): string {
    let text = ''
    let shown = 0
    for (const [key, value] of members) {
      if (shown === this.#maxMembers || walk.charactersLeft <= 0) break
      shown++
      if (value === undefined) continue
      const name = this.#nameOf(String(key))
      walk.charactersLeft -= name.text.length
      text += (text === '' ? '' : ',') + name.text + this.#member(String(key), name, value, walk)
    }
    if (shown < count) text += `${text === '' ? '' : ','}"…":"[${count - shown} more]"`
    return `{${text}}`
  }

  #member(key: string, { way }: MemberName, value: unknown, walk: Walk): string {
    if (way !== undefined) return this.#hidden(value, way)
    return walk.places === noPlaces ? this.#any(value, walk) : this.#placed(key, value, walk.places, walk)
  }

  /** Name, message, code, details, stack and causes; nothing else, since libraries hang requests and sockets on errors. */
  #error(error: Error, walk: Walk): string {
    let text = `"name":${this.#string(String(error.name), maxNameLength)}`
    text += `,"message":${this.#string(String(error.message), this.#maxStringLength)}`
    if ('code' in error && error.code !== undefined) text += `,"code":${this.#any(error.code, walk)}`
    if (error instanceof ServiceError && error.details !== undefined) {
      text += `,"details":${this.#any(error.details, walk)}`
    }
    if (this.#withStacks && typeof error.stack === 'string') {
      text += `,"stack":${this.#string(error.stack, 2 * this.#maxStringLength)}`
    }
    walk.charactersLeft -= text.length
    if (error.cause !== undefined) text += `,"cause":${this.#any(error.cause, walk)}`
    if (error instanceof AggregateError) text += `,"errors":${this.#any(error.errors, walk)}`
    return `{${text}}`
  }
}

function newWalk(charactersLeft: number): Walk {
  return { ancestors: [], charactersLeft, places: noPlaces }
}

/** Quotes, backslashes, control characters, lone surrogates; as ranges, because classes by name compile slowly. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const needsEscape = /["\\\x00-\x1f\x7f-\x9f\ud800-\udfff]/u

function quoted(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text).replace(/[\x7f-\x9f]/g, escaped) : `"${text}"`
}

/** JSON allows these control characters as they are; a terminal obeys them. */
function escaped(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`
}

function* valuesUnder(object: LogFields, names: readonly string[]): Generator<readonly [string, unknown]> {
  for (const name of names) yield [name, readable(object, name)]
}

function readableCopy(fields: LogFields): LogFields {
  try {
    return Object.fromEntries(valuesUnder(fields, Object.keys(fields)))
  } catch (error) {
    return { fields: unreadable(error) }
  }
}

function readable(object: LogFields, name: string): unknown {
  try {
    return object[name]
  } catch (error) {
    return unreadable(error)
  }
}

function unreadable(error: unknown): string {
  return `[unreadable: ${error instanceof Error ? error.message : 'threw no error'}]`
}
