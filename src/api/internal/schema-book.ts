/**
 * SchemaBook: the schemas of a document, each said once.
 *
 *   schema ─▶ JSON Schema ─▶ `$defs` and recursion become components ─▶ a node of the document
 *   finish ─▶ objects that are named, or occur twice, become components too ─▶ components.schemas
 *
 * Names come from `$id`, the title or the place of first use; they depend on nothing but the order of use.
 */
import { type JsonSchema, jsonSchemaOf } from '../../schema/json-schema.ts'
import type { Schema } from '../../schema/schema.ts'

/** JSON that this file may still change. */
type Node = Record<string, unknown>

const componentsPath = '#/components/schemas/'

export class SchemaBook {
  readonly #components: Map<string, Node>
  /** What each component says, to find it again. */
  readonly #namesByText = new Map<string, string>()
  readonly #roots: { node: Node; hint: string }[] = []

  /** `components` are there from the start; others of their names get a number. */
  constructor(components: Readonly<Record<string, JsonSchema>> = {}) {
    this.#components = new Map(Object.entries(structuredClone(components)))
  }

  /** The wire side of `schema`, to be put into the document. `hint` names what it is for, such as `PlaceOrderBody`. */
  use(schema: Schema, hint: string): JsonSchema {
    const { schema: found, note, reason } = jsonSchemaOf(schema, 'input')
    if (found === undefined) return { description: `Not described: ${reason}.` }
    const noted = note === undefined ? found : { ...found, $comment: `Not wholly described: ${note}.` }
    return this.add(noted, hint)
  }

  /** A JSON Schema of its own, or a part of one whose references are resolved in `root`. */
  add(schema: JsonSchema, hint: string, root: JsonSchema = schema): JsonSchema {
    const node = new Adoption(root, this.#components, this.#namesByText).adopt(schema, hint)
    this.#roots.push({ node, hint })
    return node
  }

  /** Moves what is named or repeated to the components, and gives them in alphabetical order. */
  finish(): Record<string, JsonSchema> {
    const places = [...this.#roots]
    for (const [name, node] of this.#components)
      for (const part of partsOf(node)) places.push({ node: part.node, hint: name + part.hint })
    const uses = new Map<string, number>()
    for (const { node } of places) countUses(node, uses)
    for (const { node, hint } of places) this.#hoist(node, hint, uses)
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #hoist(node: Node, hint: string, uses: ReadonlyMap<string, number>): void {
    const text = textOf(node)
    for (const part of partsOf(node)) this.#hoist(part.node, hint + part.hint, uses)
    if (!isRecord(node) || ((uses.get(text) ?? 0) < 2 && node.title === undefined && node.$id === undefined)) return
    let name = this.#namesByText.get(text)
    if (name === undefined) {
      name = freeName(nameOf(node, hint), this.#components)
      this.#namesByText.set(text, name)
      this.#components.set(name, withoutId(node))
    }
    replaceBy(node, { $ref: componentsPath + name })
  }
}

/** Copies one JSON Schema into the document, and what it refers to into the components. */
class Adoption {
  readonly #root: JsonSchema
  readonly #components: Map<string, Node>
  readonly #namesByText: Map<string, string>
  readonly #named = new Map<string, string>()

  constructor(root: JsonSchema, components: Map<string, Node>, namesByText: Map<string, string>) {
    this.#root = root
    this.#components = components
    this.#namesByText = namesByText
  }

  adopt(schema: JsonSchema, hint: string): Node {
    const copy = this.#copy(schema, hint)
    const ownName = schema === this.#root ? this.#named.get('#') : undefined
    // What refers to itself became a component on the way; it is not said twice.
    return ownName === undefined ? copy : { $ref: componentsPath + ownName }
  }

  /** Definitions are left behind: those that are used become components. */
  #copy({ $defs: _, ...schema }: JsonSchema, hint: string): Node {
    const copy: Node = {}
    for (const [keyword, member] of Object.entries(schema)) copy[keyword] = this.#copyMember(keyword, member, hint)
    return copy
  }

  #copyMember(keyword: string, member: unknown, hint: string): unknown {
    if (keyword === '$ref') return this.#refer(member, hint)
    if (Array.isArray(member) && listKeywords.has(keyword)) return member.map((part) => this.#copyPart(part, hint))
    if (isNode(member) && mapKeywords.has(keyword)) {
      return Object.fromEntries(Object.entries(member).map(([name, part]) => [name, this.#copyPart(part, hint)]))
    }
    return partKeywords.has(keyword) ? this.#copyPart(member, hint) : structuredClone(member)
  }

  #copyPart(part: unknown, hint: string): unknown {
    return isNode(part) ? this.#copy(part, hint) : part
  }

  #refer(reference: unknown, hint: string): unknown {
    const key = keyOf(reference)
    const target = key === undefined ? undefined : this.#targetOf(key)
    if (key === undefined || target === undefined) return reference
    return componentsPath + (this.#named.get(key) ?? this.#define(key, target, hint))
  }

  #targetOf(key: string): JsonSchema | undefined {
    if (key === '#') return this.#root
    const definition = isNode(this.#root.$defs) ? this.#root.$defs[key] : undefined
    return isNode(definition) ? definition : undefined
  }

  #define(key: string, target: JsonSchema, hint: string): string {
    // zod calls what holds itself `__schema0`.
    const wanted = key === '#' || key.startsWith('__') ? nameOf(target, hint) : identifier(key)
    const text = `${wanted} ${textOf([...this.#reachable(key)].sort().map((name) => [name, this.#targetOf(name)]))}`
    const before = this.#namesByText.get(text)
    const name = before ?? freeName(wanted, this.#components)
    this.#named.set(key, name)
    if (before !== undefined) return name
    this.#namesByText.set(text, name)
    // The name is taken before its content is copied, which may refer to it.
    const component: Node = {}
    this.#components.set(name, component)
    Object.assign(component, withoutId(this.#copy(target, name)))
    return name
  }

  /** The definition and all that it refers to: what decides whether two of one name are the same. */
  #reachable(key: string, reached: Set<string> = new Set()): Set<string> {
    if (reached.has(key)) return reached
    reached.add(key)
    const { $defs: _, ...own } = this.#targetOf(key) ?? {}
    JSON.stringify(own, (name, member) => {
      const next = name === '$ref' ? keyOf(member) : undefined
      if (next !== undefined) this.#reachable(next, reached)
      return member
    })
    return reached
  }
}

/** Where JSON Schema has schemas inside schemas: by name, in a list, alone. */
const mapKeywords = new Set(['properties', 'patternProperties', 'dependentSchemas'])
const listKeywords = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const partKeywords = new Set(
  'items additionalProperties propertyNames not contains if then else unevaluatedItems unevaluatedProperties'.split(
    ' ',
  ),
)

/** `#` for the whole, the name of a definition, or undefined for a reference elsewhere. */
function keyOf(reference: unknown): string | undefined {
  if (reference === '#') return '#'
  const name = /^#\/\$defs\/([^/]+)$/.exec(String(reference))?.[1]
  return name === undefined ? undefined : decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')
}

/** An object with members: worth a name when it comes twice. */
function isRecord(node: Node): boolean {
  return (
    node.$ref === undefined && typeof node.properties === 'object' && Object.keys(node.properties as object).length > 0
  )
}

/** A part that occurs only inside of what is repeated is not itself repeated. */
function countUses(node: Node, uses: Map<string, number>): void {
  const text = textOf(node)
  const count = (uses.get(text) ?? 0) + 1
  uses.set(text, count)
  if (count === 1) for (const part of partsOf(node)) countUses(part.node, uses)
}

/** Schemas directly inside a schema, and what their names add to a hint. */
function partsOf(node: Node): { node: Node; hint: string }[] {
  const parts: { node: unknown; hint: string }[] = []
  for (const [keyword, member] of Object.entries(node)) {
    if (partKeywords.has(keyword)) parts.push({ node: member, hint: 'Item' })
    else if (listKeywords.has(keyword) && Array.isArray(member)) {
      for (const [index, part] of member.entries()) parts.push({ node: part, hint: String(index + 1) })
    } else if (mapKeywords.has(keyword) && isNode(member)) {
      for (const [name, part] of Object.entries(member)) parts.push({ node: part, hint: identifier(name) })
    }
  }
  return parts.filter((part): part is { node: Node; hint: string } => isNode(part.node))
}

function isNode(value: unknown): value is Node {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function nameOf({ $id, title }: JsonSchema, hint: string): string {
  if (typeof $id === 'string') return identifier($id.split(/[/#]/).findLast((part) => part !== '') ?? hint)
  return typeof title === 'string' ? identifier(title) : hint
}

/** Words in the form that types are called. */
export function identifier(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') || 'Schema'
}

function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}${number}`
  return name
}

/** `$id` would move the base of every reference inside. */
function withoutId({ $id: _, $anchor: __, ...node }: Node): Node {
  return node
}

function replaceBy(node: Node, content: Node): void {
  for (const key of Object.keys(node)) delete node[key]
  Object.assign(node, content)
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, member) => (isNode(member) ? sorted(member) : member)) ?? ''
}

function sorted(node: Node): Node {
  return Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
}
