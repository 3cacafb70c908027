/**
 * From JSON Schema to projections.
 *
 *   node ─▶ every keyword known? ──no──▶ open, and the whole is incomplete
 *              └─yes─▶ $ref │ alternatives │ parts │ object │ array │ scalar
 *
 * An allow-list: a keyword that is not known may declare members, and what is declared must not be dropped.
 */
import type { JsonSchema } from '../json-schema.ts'
import { alternativesOf, isNode, propertiesOf, resolve, typesOf, valuesOf } from '../json-schema-node.ts'
import {
  either,
  list,
  open,
  type Projection,
  type ProjectionShape,
  record,
  type ScalarType,
  scalar,
  tuple,
  variant,
} from './projection.ts'

/** Keywords of 2020-12 that declare nothing beyond what is read here. */
const knownKeywords = new Set(
  (
    '$ref $defs $id $anchor $comment title description default examples deprecated readOnly writeOnly format pattern ' +
    'type const enum properties required additionalProperties propertyNames minProperties maxProperties items ' +
    'prefixItems minItems maxItems uniqueItems anyOf oneOf allOf not minimum maximum exclusiveMinimum exclusiveMaximum ' +
    'multipleOf minLength maxLength contentEncoding contentMediaType'
  ).split(' '),
)

export interface CompiledProjection {
  readonly projection: Projection
  /** What could not be read, and is therefore sent as it is; empty if nothing. */
  readonly unread: readonly string[]
}

export function compileProjection(root: JsonSchema): CompiledProjection {
  const compiler = new ProjectionCompiler(root)
  const projection = compiler.compile(root, '')
  return { projection, unread: compiler.unread }
}

class ProjectionCompiler {
  readonly unread: string[] = []
  readonly #root: JsonSchema
  /** By schema, so that one that holds itself is compiled once. */
  readonly #compiled = new Map<JsonSchema, Projection>()
  readonly #compositions = new Map<string, JsonSchema>()
  readonly #numbers = new Map<JsonSchema, number>()

  constructor(root: JsonSchema) {
    this.#root = root
  }

  compile(unresolved: JsonSchema, place: string): Projection {
    const node = resolve(unresolved, this.#root)
    if (node === undefined) return this.#leave(place, 'a reference that leads nowhere')
    const before = this.#compiled.get(node)
    if (before !== undefined) return before

    const later = new DeferredProjection()
    this.#compiled.set(node, later)
    const projection = this.#read(node, place)
    later.target = projection
    this.#compiled.set(node, projection)
    return projection
  }

  #read(node: JsonSchema, place: string): Projection {
    const stranger = strangerIn(node)
    if (stranger !== undefined) return this.#leave(place, `the keyword '${stranger}'`)
    if (hasScalarValues(node)) return scalar(place, scalarTypeOf(node))
    if (isCombination(node)) return this.#leave(place, 'alternatives beside members')
    const alternatives = alternativesOf(node)
    if (alternatives !== undefined) return this.#alternatives(alternatives, place)
    if (Array.isArray(node.allOf)) return this.#parts(node, node.allOf.filter(isNode), place)

    if (isObjectNode(node) && isArrayNode(node)) return either(this.#array(node, place), this.#object(node, place))
    if (isObjectNode(node)) return this.#object(node, place)
    if (isArrayNode(node)) return this.#array(node, place)
    return isScalarNode(node) ? scalar(place, scalarTypeOf(node)) : open
  }

  #object(node: JsonSchema, place: string): Projection {
    const { additionalProperties: others } = node
    if (isAnyObject(node)) return open
    const members = new Map<string, Projection>()
    for (const [name, member] of propertiesOf(node)) {
      if (name === '__proto__' || name === 'toJSON') return this.#leave(place, `a member called '${name}'`)
      members.set(name, this.compile(member, `${place}/${name}`))
    }
    if (others === true) return record(place, members, open)
    return record(place, members, isNode(others) ? this.compile(others, `${place}/*`) : undefined)
  }

  #array(node: JsonSchema, place: string): Projection {
    const { items, prefixItems } = node
    const element = isNode(items) ? this.compile(items, `${place}/*`) : open
    if (!Array.isArray(prefixItems)) return element === open ? open : list(place, element)
    const first = prefixItems.filter(isNode).map((item, index) => this.compile(item, `${place}/${index}`))
    return tuple(place, first, items === false ? undefined : element)
  }

  /** Scalars pass everywhere, so that only the alternatives with members count. */
  #alternatives(alternatives: readonly JsonSchema[], place: string): Projection {
    const nodes = [...new Set(alternatives.flatMap((alternative) => this.#flatten(alternative, 0)))]
    if (nodes.includes(undefined)) return this.#leave(place, 'an alternative')
    const known = nodes.filter((node) => node !== undefined)
    if (known.some((node) => !isScalarNode(node) && !isObjectNode(node) && !isArrayNode(node))) {
      return known.some((node) => Object.keys(node).length === 0) ? open : this.#leave(place, 'an alternative')
    }
    const objects = known.filter(isObjectNode)
    const arrays = known.filter(isArrayNode)
    if (objects.length === 0 && arrays.length === 0)
      return scalar(
        place,
        known.map(scalarTypeOf).find((type) => type !== undefined),
      )
    if (objects.length === 0) return this.#arrays(arrays, place)
    if (arrays.length === 0) return this.#objects(objects, place)
    return either(this.#arrays(arrays, place), this.#objects(objects, place))
  }

  /** Alternatives of alternatives are alternatives; undefined stands for one that cannot be read. */
  #flatten(unresolved: JsonSchema, depth: number): (JsonSchema | undefined)[] {
    const node = resolve(unresolved, this.#root)
    if (node === undefined || depth > 16 || isCombination(node) || strangerIn(node) !== undefined) return [undefined]
    return alternativesOf(node)?.flatMap((inner) => this.#flatten(inner, depth + 1)) ?? [node]
  }

  #arrays(nodes: readonly JsonSchema[], place: string): Projection {
    const [only] = nodes
    if (only !== undefined && nodes.length === 1) return this.compile(only, place)
    if (nodes.some(({ items, prefixItems }) => !isNode(items) || prefixItems !== undefined)) {
      return this.#leave(place, 'one of several arrays')
    }
    return this.compile(
      this.#composed('arrays', nodes, () => ({ items: { anyOf: nodes.map(({ items }) => items) } })),
      place,
    )
  }

  #objects(nodes: readonly JsonSchema[], place: string): Projection {
    const [only] = nodes
    if (only !== undefined && nodes.length === 1) return this.compile(only, place)
    const tag = this.#tagOf(nodes)
    if (tag === undefined)
      return this.compile(
        this.#composed('anyOf', nodes, () => merge(nodes, 'anyOf')),
        place,
      )
    const variants = new Map<unknown, Projection>()
    for (const node of nodes) {
      const projection = this.compile(node, place)
      for (const value of this.#valuesAt(node, tag)) variants.set(value, projection)
    }
    return variant(place, tag, variants)
  }

  /** A required member whose values tell the objects apart. */
  #tagOf(nodes: readonly JsonSchema[]): string | undefined {
    const names = propertiesOf(nodes[0] as JsonSchema).map(([name]) => name)
    return names.find((name) => {
      const values = nodes.map((node) => this.#valuesAt(node, name))
      return values.every(({ length }) => length > 0) && new Set(values.flat()).size === values.flat().length
    })
  }

  #valuesAt(node: JsonSchema, name: string): readonly unknown[] {
    if (!Array.isArray(node.required) || !node.required.includes(name)) return []
    const member = propertiesOf(node).find(([candidate]) => candidate === name)?.[1]
    const resolved = member === undefined ? undefined : resolve(member, this.#root)
    return resolved !== undefined && hasScalarValues(resolved) ? (valuesOf(resolved) ?? []) : []
  }

  /** `allOf`: objects that add up. */
  #parts({ allOf: _, ...own }: JsonSchema, allOf: readonly JsonSchema[], place: string): Projection {
    const parts = [own, ...allOf].map((part) => resolve(part, this.#root))
    if (!parts.every(isSimple)) return this.#leave(place, 'a part')
    const telling = parts.filter((part) => isScalarNode(part) || isArrayNode(part) || isObjectNode(part))
    if (telling.length > 0 && telling.every(isScalarNode)) return scalar(place)
    if (telling.length === 0 || !telling.every((part) => isObjectNode(part) && !isArrayNode(part))) {
      return this.#leave(place, 'parts of different kinds')
    }
    const withMembers = telling.filter((part) => !isAnyObject(part))
    if (withMembers.length === 0) return open
    return this.compile(
      this.#composed('allOf', withMembers, () => merge(withMembers, 'allOf')),
      place,
    )
  }

  /** Made once for the same nodes, so that objects that hold themselves come to an end. */
  #composed(kind: string, nodes: readonly JsonSchema[], make: () => JsonSchema): JsonSchema {
    const key = `${kind} ${nodes.map((node) => this.#numberOf(node)).join(' ')}`
    const before = this.#compositions.get(key)
    if (before !== undefined) return before
    const made = make()
    this.#compositions.set(key, made)
    return made
  }

  #numberOf(node: JsonSchema): number {
    const before = this.#numbers.get(node)
    if (before !== undefined) return before
    this.#numbers.set(node, this.#numbers.size)
    return this.#numbers.size - 1
  }

  #leave(place: string, what: string): Projection {
    this.unread.push(`${what} at '${place}'`)
    return open
  }
}

/** One object with the members of all; a member of several is composed in its turn. */
function merge(nodes: readonly JsonSchema[], keyword: 'anyOf' | 'allOf'): JsonSchema {
  if (nodes.some(isAnyObject)) return { type: 'object' }
  const members = new Map<string, JsonSchema[]>()
  for (const [name, member] of nodes.flatMap(propertiesOf)) members.set(name, [...(members.get(name) ?? []), member])
  const properties = [...members].map(([name, schemas]) => [
    name,
    schemas.length === 1 ? schemas[0] : { [keyword]: schemas },
  ])
  const others = nodes
    .map(({ additionalProperties }) => additionalProperties)
    .filter((other) => other === true || isNode(other))
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: others.length > 0 && (others.includes(true) || { anyOf: others }),
  }
}

/** A keyword that is not known. */
function strangerIn(node: JsonSchema): string | undefined {
  return Object.keys(node).find((keyword) => !knownKeywords.has(keyword) && !keyword.startsWith('x-'))
}

/** Known, and made of nothing but itself. */
function isSimple(node: JsonSchema | undefined): node is JsonSchema {
  if (node === undefined || strangerIn(node) !== undefined) return false
  return node.allOf === undefined && alternativesOf(node) === undefined
}

function hasScalarValues(node: JsonSchema): boolean {
  return valuesOf(node)?.every((value) => typeof value !== 'object' || value === null) === true
}

function isObjectNode(node: JsonSchema): boolean {
  const types = typesOf(node)
  return types.includes('object') || (types.length === 0 && node.properties !== undefined)
}

function isArrayNode(node: JsonSchema): boolean {
  const types = typesOf(node)
  return types.includes('array') || (types.length === 0 && (node.items !== undefined || node.prefixItems !== undefined))
}

function isScalarNode(node: JsonSchema): boolean {
  const isTyped = typesOf(node).length > 0 && !isObjectNode(node) && !isArrayNode(node)
  return isTyped || hasScalarValues(node)
}

/** The likeliest: what is declared first, other than null. */
function scalarTypeOf(node: JsonSchema): ScalarType | undefined {
  const [type] = typesOf(node).filter((name) => name !== 'null')
  const named = type ?? typeof valuesOf(node)?.find((value) => value !== null)
  if (named === 'string' || named === 'boolean') return named
  return named === 'number' || named === 'integer' ? 'number' : undefined
}

/** `{ type: 'object' }` alone is any object; one with members is those members. */
function isAnyObject({ properties, additionalProperties }: JsonSchema): boolean {
  return properties === undefined && (additionalProperties === undefined || additionalProperties === true)
}

/** Alternatives and members of its own in one node: what they declare together is not worked out here. */
function isCombination(node: JsonSchema): boolean {
  const groups = [
    node.anyOf,
    node.oneOf,
    node.allOf,
    node.properties ?? node.additionalProperties,
    node.items ?? node.prefixItems,
  ]
  const present = groups.filter((group) => group !== undefined).length
  return present > 1 && (node.anyOf !== undefined || node.oneOf !== undefined)
}

/** Stands for a projection that is still being compiled. */
class DeferredProjection implements Projection {
  target: Projection = open

  get shape(): ProjectionShape {
    return { kind: 'deferred', target: this.target }
  }

  isExact(value: unknown): boolean {
    return this.target.isExact(value)
  }

  of(value: unknown): unknown {
    return this.target.of(value)
  }
}
