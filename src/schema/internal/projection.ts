/**
 * Projection: what of a value may be sent.
 *
 *   value ─▶ isExact? ──yes─▶ the value itself        nothing undeclared in it, declared order
 *                └──no──▶ of(value) ─▶ a new value    declared members only, in declared order
 *
 * `isExact` allocates nothing and answers for most values, so that native JSON does the work. Both agree with
 * `JSON.stringify` about everything else: own members, `toJSON`, and what it leaves out.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'

export interface Projection {
  /** How it is made, for whoever writes code from it. */
  readonly shape: ProjectionShape
  /** True only if `JSON.stringify` gives the same for the value as for its projection. */
  isExact(value: unknown): boolean
  /** @throws ServiceError `BAD_RESPONSE` where an object or array came and none was declared. */
  of(value: unknown): unknown
}

export type ProjectionShape =
  | { readonly kind: 'open' }
  | { readonly kind: 'scalar'; readonly type: ScalarType | undefined }
  | { readonly kind: 'list'; readonly element: Projection }
  | { readonly kind: 'tuple'; readonly first: readonly Projection[]; readonly rest: Projection | undefined }
  | {
      readonly kind: 'record'
      readonly members: ReadonlyMap<string, Projection>
      readonly others: Projection | undefined
    }
  | { readonly kind: 'variant'; readonly tag: string; readonly variants: ReadonlyMap<unknown, Projection> }
  | { readonly kind: 'either'; readonly ofArray: Projection; readonly ofObject: Projection }
  /** Stands for another one that was not ready yet. */
  | { readonly kind: 'deferred'; readonly target: Projection }

/** What `typeof` will most likely say. */
export type ScalarType = 'string' | 'number' | 'boolean'

/** Anything goes: nothing is known, or everything is allowed. */
export const open: Projection = { shape: { kind: 'open' }, isExact: () => true, of: (value) => value }

export function scalar(place: string, type?: ScalarType): Projection {
  return {
    shape: { kind: 'scalar', type },
    isExact: isScalar,
    of(value) {
      const plain = unwrap(value)
      if (isScalar(plain)) return plain
      throw badResponse(place, 'a plain value', plain)
    },
  }
}

export function list(place: string, element: Projection): Projection {
  return {
    shape: { kind: 'list', element },
    isExact(value) {
      if (isScalar(value)) return true
      if (!isPlainArray(value)) return false
      for (const item of value) if (!element.isExact(item)) return false
      return true
    },
    of(value) {
      const plain = unwrap(value)
      if (isScalar(plain)) return plain
      if (Array.isArray(plain)) return plain.map((item) => element.of(item))
      throw badResponse(place, 'an array', plain)
    },
  }
}

/** An array whose first elements have schemas of their own. `rest` is undefined where no more are declared. */
export function tuple(place: string, first: readonly Projection[], rest: Projection | undefined): Projection {
  const projectionAt = (index: number) => first[index] ?? rest
  return {
    shape: { kind: 'tuple', first, rest },
    isExact(value) {
      if (isScalar(value)) return true
      if (!isPlainArray(value) || (rest === undefined && value.length > first.length)) return false
      return value.every((item, index) => projectionAt(index)?.isExact(item) === true)
    },
    of(value) {
      const plain = unwrap(value)
      if (isScalar(plain)) return plain
      if (!Array.isArray(plain)) throw badResponse(place, 'an array', plain)
      const declared = rest === undefined ? plain.slice(0, first.length) : plain
      return declared.map((item, index) => projectionAt(index)?.of(item))
    },
  }
}

/** An object with these members; `others` is undefined where undeclared members are dropped. */
export function record(
  place: string,
  members: ReadonlyMap<string, Projection>,
  others: Projection | undefined,
): Projection {
  const names = [...members.keys()]
  const projections = [...members.values()]
  // Most members are scalars: they are asked without a call.
  const areScalar = projections.map(({ isExact }) => isExact === isScalar)

  /** Where `name` stands from `index` on; the number of names if it does not. */
  const find = (name: string, index: number) => {
    let at = index
    while (at < names.length && names[at] !== name) at++
    return at
  }
  return {
    shape: { kind: 'record', members, others },
    isExact(value) {
      if (isScalar(value)) return true
      if (!isPlainObject(value)) return false
      let index = 0
      for (const name in value) {
        const at = find(name, index)
        if (at === names.length) {
          if (others === undefined || members.has(name) || isSpecial(name) || !others.isExact(value[name])) return false
          // Declared members come first.
          index = at
          continue
        }
        const member = value[name]
        if (areScalar[at] ? !isScalar(member) : !(projections[at] as Projection).isExact(member)) return false
        index = at + 1
      }
      return true
    },
    of(value) {
      const plain = unwrap(value)
      if (isScalar(plain)) return plain
      if (!isObject(plain)) throw badResponse(place, 'an object', plain)
      const result: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string
        const member = plain[name]
        if (member === undefined || !Object.hasOwn(plain, name)) continue
        result[name] = areScalar[i] && isScalar(member) ? member : (projections[i] as Projection).of(member)
      }
      if (others === undefined) return result
      for (const name of Object.keys(plain)) {
        if (!members.has(name) && !isSpecial(name)) result[name] = others.of(plain[name])
      }
      return result
    },
  }
}

/** One of several objects, told apart by the value of the member `tag`. */
export function variant(place: string, tag: string, variants: ReadonlyMap<unknown, Projection>): Projection {
  return {
    shape: { kind: 'variant', tag, variants },
    isExact(value) {
      if (isScalar(value)) return true
      return isPlainObject(value) && variants.get(value[tag])?.isExact(value) === true
    },
    of(value) {
      const plain = unwrap(value)
      if (isScalar(plain)) return plain
      if (!isObject(plain)) throw badResponse(place, 'an object', plain)
      const projection = variants.get(plain[tag])
      if (projection === undefined) throw badResponse(place, `a known '${tag}'`, plain)
      return projection.of(plain)
    },
  }
}

/** An array or an object, each with its own projection. */
export function either(ofArray: Projection, ofObject: Projection): Projection {
  return {
    shape: { kind: 'either', ofArray, ofObject },
    isExact: (value) => (Array.isArray(value) ? ofArray.isExact(value) : ofObject.isExact(value)),
    of(value) {
      const plain = unwrap(value)
      return Array.isArray(plain) ? ofArray.of(plain) : ofObject.of(plain)
    },
  }
}

/** Everything that holds no members; it cannot leak any. */
function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPlainArray(value: unknown): value is unknown[] {
  return Array.isArray(value) && !hasToJson(value)
}

/** Wherever it stands, inherited or not enumerable: `JSON.stringify` would send what it returns. */
function hasToJson(value: object): boolean {
  return (value as { toJSON?: unknown }).toJSON !== undefined
}

/** No class instance: those may have inherited members, accessors or `toJSON`. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value) || hasToJson(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Names that do something when they are written or read: never sent as undeclared members. */
function isSpecial(name: string): boolean {
  return name === '__proto__' || name === 'toJSON'
}

/** What `JSON.stringify` looks at: the result of `toJSON` where there is one. */
function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value) : value
}

function badResponse(place: string, declared: string, value: unknown): ServiceError {
  const came = Array.isArray(value) ? 'an array' : `an object (${Object.keys(value as object).length} members)`
  return new ServiceError(
    'BAD_RESPONSE',
    `The response does not fit its schema at '${place}': ${declared} was declared, ${came} came. Nothing was sent of it.`,
  )
}
