/** Reading a JSON Schema (2020-12): what a node refers to and which alternatives it leaves. */
import type { JsonSchema } from './json-schema.ts'

/** How many references may lead to one another before it must be a ring. */
const maxHops = 32

export function isNode(value: unknown): value is JsonSchema {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** The node itself, or what its `$ref` finally leads to inside `root`; undefined if that cannot be found. */
export function resolve(node: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  let current: unknown = node
  for (let hops = 0; hops < maxHops; hops++) {
    if (!isNode(current)) return undefined
    if (typeof current.$ref !== 'string') return current
    current = at(current.$ref, root)
  }
  return undefined
}

/** Only references into the same document: `#` or `#/$defs/Name`. */
function at(reference: string, root: JsonSchema): unknown {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  let current: unknown = root
  for (const part of reference.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined
    current = (current as Record<string, unknown>)[name]
  }
  return current
}

/** The schemas of `anyOf` or `oneOf`; undefined where there is neither. */
export function alternativesOf(node: JsonSchema): readonly JsonSchema[] | undefined {
  const alternatives = node.anyOf ?? node.oneOf
  return Array.isArray(alternatives) ? alternatives.filter(isNode) : undefined
}

/** The types a node allows; empty where it does not say. */
export function typesOf(node: JsonSchema): readonly string[] {
  if (typeof node.type === 'string') return [node.type]
  return Array.isArray(node.type) ? node.type.filter((type) => typeof type === 'string') : []
}

/** The only values a node allows; undefined where it names none. */
export function valuesOf(node: JsonSchema): readonly unknown[] | undefined {
  if (Object.hasOwn(node, 'const')) return [node.const]
  return Array.isArray(node.enum) ? node.enum : undefined
}

/** Members of `properties` that are schemas, in order. */
export function propertiesOf(node: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  if (!isNode(node.properties)) return []
  return Object.entries(node.properties).filter((entry): entry is [string, JsonSchema] => isNode(entry[1]))
}
