/**
 * SettingShape: what a schema's JSON Schema tells about one place in the tree of settings: the names below it, and what
 * text may become there. A schema without a JSON Schema tells nothing, and then anything goes.
 */
import { type Coercer, compileCoercer } from '../schema/coerce.ts'
import { fromJsonSchema, type JsonSchema, jsonSchemaOf } from '../schema/json-schema.ts'
import type { Schema } from '../schema/schema.ts'

export class SettingShape {
  readonly #root: JsonSchema
  /** All that may apply here: the parts of `allOf` and the alternatives of `anyOf` and `oneOf` alike. */
  readonly #nodes: readonly JsonSchema[]
  #coerce: Coercer | undefined

  private constructor(root: JsonSchema, nodes: readonly JsonSchema[]) {
    this.#root = root
    this.#nodes = nodes.flatMap((node) => expand(node, root, new Set()))
  }

  static of(schema: Schema): SettingShape {
    const root = jsonSchemaOf(schema, 'input').schema ?? {}
    return new SettingShape(root, [root])
  }

  /** Names that the schema lists. */
  get names(): readonly string[] {
    return [...new Set(this.#nodes.flatMap((node) => Object.keys(membersOf(node))))]
  }

  /** What lies below `name`; undefined if the schema has no such setting. */
  child(name: string): SettingShape | undefined {
    const below = this.#nodes.flatMap((node) => {
      const members = membersOf(node)
      if (Object.hasOwn(members, name)) return [members[name] as JsonSchema]
      return isOpen(node) ? [isNode(node.additionalProperties) ? node.additionalProperties : {}] : []
    })
    return below.length === 0 ? undefined : new SettingShape(this.#root, below)
  }

  /** What `text` means here. Text that does not fit stays text, so that validation reports it. */
  valueOf(text: string): unknown {
    const types = new Set(this.#nodes.flatMap((node) => node.type))
    const looksLikeJson = /^\s*[[{]/.test(text)
    if (looksLikeJson && (types.has('array') || types.has('object'))) return parsed(text)
    const raw = types.has('array') && !types.has('string') ? text.split(',').map((item) => item.trim()) : text
    this.#coerce ??= this.#compile()
    return this.#coerce({ value: raw }).value
  }

  #compile(): Coercer {
    const record = { ...this.#root, type: 'object', properties: { value: { anyOf: this.#nodes } } }
    return compileCoercer(fromJsonSchema(withoutAlternatives(record), () => []))
  }
}

/** The root lends only its definitions. */
function withoutAlternatives({ anyOf, oneOf, allOf, additionalProperties, $ref, ...record }: JsonSchema): JsonSchema {
  return record
}

function expand(node: JsonSchema, root: JsonSchema, seen: Set<JsonSchema>): JsonSchema[] {
  if (seen.has(node)) return []
  seen.add(node)
  const { $ref, allOf, anyOf, oneOf, ...own } = node
  const parts = [allOf, anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list.filter(isNode) : []))
  if (typeof $ref === 'string') parts.push(...referenced($ref, root))
  const inner = parts.flatMap((part) => expand(part, root, seen))
  const saysNothing = !shapeKeywords.some((keyword) => own[keyword] !== undefined)
  return inner.length > 0 && saysNothing ? inner : [own, ...inner]
}

/** Beside alternatives a description or a default may stand, which must not read as «anything goes». */
const shapeKeywords = ['type', 'properties', 'additionalProperties', 'items', 'enum', 'const']

/** A reference inside the document, as a JSON Pointer; others are not followed. */
function referenced(reference: string, root: JsonSchema): JsonSchema[] {
  if (!reference.startsWith('#')) return []
  let node: unknown = root
  for (const part of reference.slice(1).split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    node = isNode(node) && Object.hasOwn(node, name) ? node[name] : undefined
  }
  return isNode(node) ? [node] : []
}

function membersOf(node: JsonSchema): Readonly<Record<string, unknown>> {
  return isNode(node.properties) ? node.properties : {}
}

/** Whether names that are not listed are settings too. An object that lists names means those and no others. */
function isOpen(node: JsonSchema): boolean {
  const others = node.additionalProperties
  if (others !== undefined) return others !== false
  if (node.type === undefined) return Object.keys(membersOf(node)).length === 0
  return node.type === 'object' && node.properties === undefined
}

function isNode(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
