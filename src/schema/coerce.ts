/**
 * Coercion: the strings of a query, a path, headers, cookies and forms become what the schema asks for.
 *
 *   { page: '2', tag: 'a', all: 'true', q: '7' }   for   { page: integer, tag: string[], all: boolean, q: string }
 *   { page: 2,   tag: ['a'], all: true, q: '7' }
 *
 * | the schema allows     | the string becomes                                                                |
 * |-----------------------|-----------------------------------------------------------------------------------|
 * | any string, alone or among others | itself: `string | number` leaves '7' a string                         |
 * | `enum` or `const`     | the value that is written so                                                      |
 * | `number`, `integer`   | a number, if it is one in JSON: '42', '-1.5e3'; not '007', '', '1e999' or beyond 2^53 |
 * | `boolean`             | true or false for 'true' and 'false'                                              |
 * | an array              | an array, of one element if the name was not repeated; elements likewise          |
 * | anything else, or no JSON Schema | itself                                                                 |
 *
 * Whatever does not fit stays as it was, so that validation reports it. No string becomes null: who may leave a value out
 * leaves it out. Objects, bigints and dates are for the schema's own transforms.
 */

import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { alternativesOf, isNode, propertiesOf, resolve, typesOf, valuesOf } from './json-schema-node.ts'
import type { Schema } from './schema.ts'

export type RawRecord = Readonly<Record<string, unknown>>

/** Gives a new record without prototype, or the one it was given where there is nothing to coerce. */
export type Coercer = (raw: RawRecord) => RawRecord

type CoerceValue = (value: unknown) => unknown

/** Reads the schema once. Compile when the route is registered, not when a request comes. */
export function compileCoercer(schema: Schema): Coercer {
  const { schema: root } = jsonSchemaOf(schema, 'input')
  if (root === undefined) return unchanged
  const members = new Members(root)
  members.collect(root)
  const coercers = new Map<string, CoerceValue>()
  for (const [name, nodes] of members.named) {
    const coerce = compileValue(nodes, root)
    if (coerce !== undefined) coercers.set(name, coerce)
  }
  const others = compileValue(members.others, root)
  if (coercers.size === 0 && others === undefined) return unchanged
  const coercerOf = (name: string) => coercers.get(name) ?? (members.named.has(name) ? undefined : others)
  return (raw) => coerceRecord(raw, coercerOf)
}

function unchanged(raw: RawRecord): RawRecord {
  return raw
}

function coerceRecord(raw: RawRecord, coercerOf: (name: string) => CoerceValue | undefined): RawRecord {
  const record: Record<string, unknown> = Object.create(null)
  for (const name of Object.keys(raw)) {
    const coerce = coercerOf(name)
    record[name] = coerce === undefined ? raw[name] : coerce(raw[name])
  }
  return record
}

/** Every schema that a member of the record may have to satisfy, whichever alternative of the whole is meant. */
class Members {
  readonly named: Map<string, JsonSchema[]> = new Map()
  readonly others: JsonSchema[] = []
  readonly #root: JsonSchema
  readonly #seen = new Set<JsonSchema>()

  constructor(root: JsonSchema) {
    this.#root = root
  }

  collect(unresolved: JsonSchema): void {
    const node = resolve(unresolved, this.#root)
    if (node === undefined || this.#seen.has(node)) return
    this.#seen.add(node)
    for (const [name, member] of propertiesOf(node)) {
      const nodes = this.named.get(name)
      if (nodes === undefined) this.named.set(name, [member])
      else nodes.push(member)
    }
    if (isNode(node.additionalProperties)) this.others.push(node.additionalProperties)
    for (const part of [...(alternativesOf(node) ?? []), ...partsOf(node)]) this.collect(part)
  }
}

function partsOf(node: JsonSchema): readonly JsonSchema[] {
  return Array.isArray(node.allOf) ? node.allOf.filter(isNode) : []
}

/** What a string may become. */
interface Targets {
  anyString: boolean
  number: boolean
  boolean: boolean
  /** Values of `enum` and `const`, by how they are written. */
  readonly written: Map<string, unknown>
  /** Schemas of elements, where arrays are allowed. */
  elements: JsonSchema[] | undefined
}

/** Undefined if every string stays what it is. */
function compileValue(nodes: readonly JsonSchema[], root: JsonSchema): CoerceValue | undefined {
  const targets = targetsOf(nodes, root)
  const { anyString, number, boolean, written, elements } = targets
  const hasScalar = anyString || number || boolean || written.size > 0
  if (elements === undefined && (anyString || !hasScalar)) return undefined

  const coerceElement = elements === undefined ? undefined : compileElement(elements, root)
  return (value) => {
    if (Array.isArray(value)) return coerceElement === undefined ? value : value.map(coerceElement)
    if (typeof value !== 'string') return value
    if (coerceElement !== undefined && !hasScalar) return [coerceElement(value)]
    return coerceScalar(value, targets)
  }
}

/** An array inside an array cannot be written, so that elements are scalars. */
function compileElement(nodes: readonly JsonSchema[], root: JsonSchema): CoerceValue {
  const targets = targetsOf(nodes, root)
  return (value) => (typeof value === 'string' ? coerceScalar(value, targets) : value)
}

function targetsOf(nodes: readonly JsonSchema[], root: JsonSchema): Targets {
  const targets: Targets = { anyString: false, number: false, boolean: false, written: new Map(), elements: undefined }
  for (const node of nodes) addTargets(targets, node, root, new Set())
  return targets
}

function addTargets(targets: Targets, unresolved: JsonSchema, root: JsonSchema, seen: Set<JsonSchema>): void {
  const node = resolve(unresolved, root)
  if (node === undefined) targets.anyString = true
  if (node === undefined || seen.has(node)) return
  seen.add(node)
  const values = valuesOf(node)
  const inner = [...(alternativesOf(node) ?? []), ...partsOf(node)]
  if (values !== undefined) addValues(targets, values)
  else if (typesOf(node).length > 0) addTypes(targets, node)
  else if (inner.length === 0) targets.anyString = true
  else for (const part of inner) addTargets(targets, part, root, seen)
}

function addValues(targets: Targets, values: readonly unknown[]): void {
  for (const value of values) {
    const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (isScalar) targets.written.set(String(value), value)
  }
}

function addTypes(targets: Targets, node: JsonSchema): void {
  for (const type of typesOf(node)) {
    if (type === 'number' || type === 'integer') targets.number = true
    else if (type === 'boolean') targets.boolean = true
    else if (type === 'array') targets.elements = [...(targets.elements ?? []), isNode(node.items) ? node.items : {}]
    else if (type !== 'null') targets.anyString = true
  }
}

function coerceScalar(text: string, { anyString, number, boolean, written }: Targets): unknown {
  if (anyString) return text
  const value = written.get(text)
  if (value !== undefined) return value
  if (boolean && text === 'true') return true
  if (boolean && text === 'false') return false
  return number ? (toNumber(text) ?? text) : text
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** Undefined for what is no number in JSON, and for one that a JavaScript number would silently change. */
function toNumber(text: string): number | undefined {
  const form = jsonNumber.exec(text)
  if (form === null) return undefined
  const number = Number(text)
  if (!Number.isFinite(number)) return undefined
  const isWritten = form[1] === undefined && form[2] === undefined
  return isWritten && !Number.isSafeInteger(number) ? undefined : number
}
