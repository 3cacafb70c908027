/**
 * Plans of JSON Schemas (2020-12), and of types of TypeBox, which are JSON Schemas that hide `~kind`, `~refine`, `~codec`.
 *
 * What is hidden may add to what is said, so that those keys are listed too. A value that passes is passed on as it is. Types
 * carry no release; those of TypeBox 1 are meant.
 */
import type { Schema } from '../schema.ts'
import { type AllowList, NotCompiled, optionsOf, words } from './allow-list.ts'
import type { MemberPlan, NumberTest, OthersPlan, Plan, StringTest } from './check-plan.ts'
import { definitionOf } from './definitions.ts'

type Node = Readonly<Record<string, unknown>>

const common = '~kind ~optional ~readonly title description default examples deprecated readOnly writeOnly $comment'
const limits = 'minimum maximum exclusiveMinimum exclusiveMaximum'

export const typeBoxAllowList: AllowList = {
  versions: { has: () => true },
  kinds: words('String Number Integer Boolean Null Literal Enum Union Object Array Tuple Any Unknown'),
  checks: words(''),
  options: optionsOf({
    String: `${common} type minLength maxLength pattern`,
    Number: `${common} type ${limits}`,
    Integer: `${common} type ${limits}`,
    Boolean: `${common} type`,
    Null: `${common} type`,
    Literal: `${common} type const`,
    Enum: `${common} enum`,
    Union: `${common} anyOf`,
    Object: `${common} type required properties additionalProperties`,
    Array: `${common} type items minItems maxItems`,
    Tuple: `${common} type items minItems additionalItems`,
    Any: common,
    Unknown: common,
  }),
}

export const jsonSchemaAllowList: AllowList = {
  ...typeBoxAllowList,
  options: (kind) => ({
    has: (key) => key === 'type' || (!key.startsWith('~') && typeBoxAllowList.options(kind).has(key)),
  }),
}

/** @throws NotCompiled for what is not on the list. */
export function readTypeBox(schema: Schema, allowed: AllowList = typeBoxAllowList): Plan {
  return new SchemaReader(allowed, (node) => String(node['~kind'])).read(definitionOf(schema))
}

/** @throws NotCompiled for what is not on the list. */
export function readJsonSchema(schema: Schema, allowed: AllowList = jsonSchemaAllowList): Plan {
  const definition = definitionOf(schema)
  if (definition === undefined) throw new NotCompiled('json-schema: the check may do more than the schema says')
  return new SchemaReader(allowed, kindOf).read(definition)
}

/** What TypeBox calls a JSON Schema. */
function kindOf(node: Node): string {
  const named = Object.hasOwn(node, 'const') ? [node.const] : node.enum
  if (Array.isArray(named)) {
    const isPlain = node.type === undefined || named.every((value) => typeof value === node.type)
    return isPlain ? (Object.hasOwn(node, 'const') ? 'Literal' : 'Enum') : 'values of another type'
  }
  if (node.type === undefined) return node.anyOf === undefined ? 'Any' : 'Union'
  const names: Readonly<Record<string, string>> = {
    string: 'String',
    number: 'Number',
    integer: 'Integer',
    boolean: 'Boolean',
    null: 'Null',
    object: 'Object',
    array: 'Array',
  }
  return names[String(node.type)] ?? `the type ${String(node.type)}`
}

class SchemaReader {
  readonly #allowed: AllowList
  readonly #kindOf: (node: Node) => string
  readonly #plans = new Map<Node, Plan>()
  readonly #open = new Set<Node>()

  constructor(allowed: AllowList, kindOf: (node: Node) => string) {
    this.#allowed = allowed
    this.#kindOf = kindOf
  }

  read(node: unknown): Plan {
    if (!isNode(node)) throw new NotCompiled('a part that is no schema')
    const before = this.#plans.get(node)
    if (before !== undefined) return before
    if (this.#open.has(node)) throw new NotCompiled('a schema that holds itself')
    this.#open.add(node)
    const kind = this.#kindOf(node)
    if (!this.#allowed.kinds.has(kind)) throw new NotCompiled(`schema: ${kind}`)
    const keys = this.#allowed.options(kind)
    const stranger = Reflect.ownKeys(node).find((key) => !keys.has(String(key)))
    if (stranger !== undefined) throw new NotCompiled(`schema: ${kind} with '${String(stranger)}'`)
    const plan = this.#plan(node, kind)
    this.#open.delete(node)
    this.#plans.set(node, plan)
    return plan
  }

  #plan(node: Node, kind: string): Plan {
    switch (kind) {
      case 'String':
        return { kind: 'string', tests: stringTests(node) }
      case 'Number':
        return { kind: 'number', finite: true, tests: numberTests(node) }
      case 'Integer':
        return { kind: 'number', finite: true, tests: [{ kind: 'integer' }, ...numberTests(node)] }
      case 'Boolean':
        return { kind: 'boolean' }
      case 'Null':
        return { kind: 'null' }
      case 'Literal':
        return { kind: 'values', values: plainValues([node.const]) }
      case 'Enum':
        return { kind: 'values', values: plainValues(listOf(node.enum)) }
      case 'Union':
        return { kind: 'union', options: listOf(node.anyOf).map((option) => this.read(option)) }
      case 'Object':
        return this.#object(node)
      case 'Array':
        return this.#array(node)
      case 'Tuple':
        return this.#tuple(node)
      default:
        return { kind: 'any' }
    }
  }

  #object({ properties, required = [], additionalProperties }: Node): Plan {
    if (!isNode(properties)) throw new NotCompiled('schema: an object without properties')
    const isRequired = new Set(listOf(required))
    const members = Object.keys(properties).map((name): MemberPlan => {
      // What every object inherits is there and is not.
      if (name in Object.prototype) throw new NotCompiled(`schema: a member called '${name}'`)
      return { name, plan: this.read(properties[name]), absent: isRequired.has(name) ? 'refused' : 'passed' }
    })
    if ([...isRequired].some((name) => !Object.hasOwn(properties, String(name)))) {
      throw new NotCompiled('schema: a required member without a type')
    }
    return {
      kind: 'object',
      members,
      others: this.#others(additionalProperties),
      arrays: 'refused',
      keeps: 'all',
      copies: false,
    }
  }

  #others(others: unknown): OthersPlan {
    if (others === undefined || others === true) return 'left out'
    if (others === false) return 'refused'
    throw new NotCompiled('schema: an object with types for other members')
  }

  #array({ items, minItems, maxItems }: Node): Plan {
    const [min, max] = [limitOf(minItems) ?? 0, limitOf(maxItems) ?? Number.POSITIVE_INFINITY]
    return { kind: 'array', element: this.read(items), min, max, copies: false }
  }

  #tuple({ items, minItems, additionalItems }: Node): Plan {
    const plans = listOf(items).map((item) => this.read(item))
    if (minItems !== plans.length || additionalItems !== false)
      throw new NotCompiled('schema: a tuple of no fixed length')
    return { kind: 'tuple', items: plans, rest: undefined, short: 'refused', copies: false }
  }
}

function stringTests({ minLength, maxLength, pattern }: Node): StringTest[] {
  const tests: StringTest[] = []
  const [min, max] = [limitOf(minLength), limitOf(maxLength)]
  if (min !== undefined) tests.push({ kind: 'min points', count: min })
  if (max !== undefined) tests.push({ kind: 'max points', count: max })
  if (typeof pattern === 'string') tests.push({ kind: 'pattern', pattern: new RegExp(pattern, 'u') })
  else if (pattern !== undefined) throw new NotCompiled('schema: a pattern that is no text')
  return tests
}

function numberTests(node: Node): NumberTest[] {
  const kinds = { minimum: '>=', maximum: '<=', exclusiveMinimum: '>', exclusiveMaximum: '<' } as const
  return Object.entries(kinds).flatMap(([keyword, kind]): NumberTest[] => {
    const limit = limitOf(node[keyword])
    return limit === undefined ? [] : [{ kind, limit }]
  })
}

function limitOf(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new NotCompiled('schema: a limit that is no finite number')
}

function plainValues(values: readonly unknown[]): ReadonlySet<unknown> {
  const isPlain = values.every(
    (value) => ['string', 'boolean'].includes(typeof value) || Number.isFinite(value) || value === null,
  )
  if (!isPlain) throw new NotCompiled('schema: a value that is not plain')
  return new Set(values)
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new NotCompiled('schema: a part that is no list')
  return [...value]
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
