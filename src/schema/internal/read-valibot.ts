/**
 * Plans of valibot schemas, read from their nodes: `type`, `entries`, `pipe` and so on.
 *
 * Nodes carry no release, and anybody may spread one and put another `~run` in it, as valibot's own `config` and `fallback`
 * do. So a node must have the keys of its type, no more and no fewer, and a `~run` with the code of one that its factory
 * makes anew.
 */
import { type AllowList, NotCompiled, optionsOf, words } from './allow-list.ts'
import type { MemberPlan, NumberTest, OthersPlan, Plan, StringTest } from './check-plan.ts'

/** A schema, or a step of a pipe. */
interface ValibotNode {
  readonly kind: unknown
  readonly type: unknown
  readonly reference: unknown
  readonly '~run'?: unknown
  readonly pipe?: unknown
  readonly [key: string]: unknown
}

const patterns =
  'regex email uuid nanoid ulid cuid2 iso_date iso_date_time iso_time iso_time_second iso_timestamp iso_week ip ipv4 ipv6 ' +
  'digits decimal octal hexadecimal hex_color mac slug emoji'

const metadata = 'title description examples metadata'

const schema = 'kind type reference expects async message ~run ~standard pipe'
const wrapper = 'kind type reference expects async wrapped default ~run ~standard'
const step = 'kind type reference expects async message ~run'

export const valibotAllowList: AllowList = {
  versions: { has: () => true },
  kinds: words(
    'string number boolean null undefined any unknown literal picklist enum array object strict_object loose_object tuple ' +
      'strict_tuple record union variant optional nullable nullish',
  ),
  checks: words(
    `min_length max_length length non_empty starts_with ends_with includes min_value max_value gt_value lt_value integer ` +
      `safe_integer finite ${patterns} ${metadata}`,
  ),
  options: optionsOf({
    string: schema,
    number: schema,
    boolean: schema,
    null: schema,
    undefined: schema,
    any: schema,
    unknown: schema,
    literal: `${schema} literal`,
    picklist: `${schema} options`,
    enum: `${schema} enum options`,
    array: `${schema} item`,
    object: `${schema} entries`,
    strict_object: `${schema} entries`,
    loose_object: `${schema} entries`,
    tuple: `${schema} items`,
    strict_tuple: `${schema} items`,
    record: `${schema} key value`,
    union: `${schema} options`,
    variant: `${schema} key options`,
    optional: wrapper,
    nullable: wrapper,
    nullish: wrapper,
    step: `${step} requirement`,
  }),
}

/** What factories of nodes are called with, beside the message. */
const factoryArguments: Readonly<Record<string, readonly string[]>> = {
  literal: ['literal'],
  picklist: ['options'],
  enum: ['enum'],
  array: ['item'],
  object: ['entries'],
  strict_object: ['entries'],
  loose_object: ['entries'],
  tuple: ['items'],
  strict_tuple: ['items'],
  record: ['key', 'value'],
  union: ['options'],
  variant: ['key', 'options'],
  optional: ['wrapped', 'default'],
  nullable: ['wrapped', 'default'],
  nullish: ['wrapped', 'default'],
}

/** @throws NotCompiled for what is not on the list. */
export function readValibot(root: unknown, allowed: AllowList = valibotAllowList): Plan {
  return new ValibotReader(allowed).read(root)
}

class ValibotReader {
  readonly #allowed: AllowList
  readonly #plans = new Map<ValibotNode, Plan>()
  readonly #open = new Set<ValibotNode>()

  constructor(allowed: AllowList) {
    this.#allowed = allowed
  }

  read(node: unknown): Plan {
    if (!isNode(node) || node.kind !== 'schema') throw new NotCompiled('a part that is no schema of valibot')
    const before = this.#plans.get(node)
    if (before !== undefined) return before
    if (this.#open.has(node)) throw new NotCompiled('a schema that holds itself')
    this.#open.add(node)
    this.#admit(node)
    const plan = this.#plan(node)
    this.#open.delete(node)
    this.#plans.set(node, plan)
    return plan
  }

  #admit(node: ValibotNode): void {
    const type = String(node.type)
    if (!this.#allowed.kinds.has(type)) throw new NotCompiled(`valibot: ${type}`)
    if (node.async !== false) this.#refuse(`${type} that is asynchronous`)
    this.#admitKeys(node, type)
    const isOwn = node.pipe === undefined ? hasOwnRun(node, factoryArguments[type] ?? []) : isPipe(node['~run'])
    if (!isOwn) this.#refuse(`${type} that runs in another way`)
  }

  #admitKeys(node: ValibotNode, type: string): void {
    const allowed = this.#allowed.options(type)
    const stranger = Reflect.ownKeys(node).find((key) => !allowed.has(String(key)))
    if (stranger !== undefined) throw new NotCompiled(`valibot: ${type} with '${String(stranger)}'`)
  }

  #plan(node: ValibotNode): Plan {
    const steps = this.#stepsOf(node)
    const type = String(node.type)
    if (type === 'string') return { kind: type, tests: steps.flatMap((found) => this.#stringTest(found)) }
    if (type === 'number')
      return { kind: type, finite: false, tests: steps.flatMap((found) => this.#numberTest(found)) }
    if (type === 'array') return this.#array(node, steps)
    if (steps.length > 0) this.#refuse(`${type} with a pipe`)
    return this.#unpiped(node, type)
  }

  #unpiped(node: ValibotNode, type: string): Plan {
    switch (type) {
      case 'boolean':
      case 'null':
      case 'undefined':
        return { kind: type }
      case 'any':
      case 'unknown':
        return { kind: 'any' }
      case 'literal':
        return { kind: 'values', values: new Set([node.literal]) }
      case 'picklist':
      case 'enum':
        return { kind: 'values', values: new Set(listOf(node.options)) }
      case 'object':
      case 'strict_object':
      case 'loose_object':
        return this.#object(node, type)
      case 'tuple':
      case 'strict_tuple':
        return this.#tuple(node, type)
      case 'record':
        return this.#record(node)
      case 'union':
        return { kind: 'union', options: listOf(node.options).map((option) => this.read(option)) }
      case 'variant':
        return this.#variant(node)
      case 'optional':
      case 'nullable':
      case 'nullish':
        return this.#wrapped(node, type)
      default:
        // Only where everything is allowed.
        return isNode(node.wrapped) ? this.read(node.wrapped) : { kind: 'any' }
    }
  }

  /** What stands behind the schema in its pipe, and in pipes inside. */
  #stepsOf(node: ValibotNode): ValibotNode[] {
    if (node.pipe === undefined) return []
    const [first, ...steps] = listOf(node.pipe)
    if (!isNode(first) || first.type !== node.type) throw new NotCompiled('valibot: a pipe that begins elsewhere')
    this.#admit(first)
    return [...this.#stepsOf(first), ...steps.flatMap((found) => this.#step(found))]
  }

  #step(found: unknown): ValibotNode[] {
    if (!isNode(found)) throw new NotCompiled('valibot: a step that is none')
    const type = String(found.type)
    if (!this.#allowed.checks.has(type)) throw new NotCompiled(`valibot: ${type}`)
    if (metadata.split(' ').includes(type) && found.kind === 'metadata') return []
    if (found.kind !== 'validation' || found.async !== false) this.#refuse(`${type} that is no plain check`)
    this.#admitKeys(found, 'step')
    if (!hasOwnRun(found, isFormat(type) ? [] : ['requirement'])) this.#refuse(`${type} that runs in another way`)
    return [found]
  }

  #stringTest({ type, requirement }: ValibotNode): StringTest[] {
    const length = lengthOf(type, requirement)
    if (length !== undefined) {
      const { min, max } = length
      const most: StringTest[] = max === Number.POSITIVE_INFINITY ? [] : [{ kind: 'max units', count: max }]
      return [{ kind: 'min units', count: min }, ...most]
    }
    if (type === 'starts_with' && typeof requirement === 'string') return [{ kind: 'starts', text: requirement }]
    if (type === 'ends_with' && typeof requirement === 'string') return [{ kind: 'ends', text: requirement }]
    if (type === 'includes' && typeof requirement === 'string') return [{ kind: 'includes', text: requirement }]
    // valibot does not begin anew with an expression that remembers where it was.
    const isPattern = requirement instanceof RegExp && !requirement.global && !requirement.sticky
    if (patterns.split(' ').includes(String(type)) && isPattern) return [{ kind: 'pattern', pattern: requirement }]
    return this.#skip(`string with ${String(type)}`)
  }

  #numberTest({ type, requirement }: ValibotNode): NumberTest[] {
    if (type === 'integer' && requirement === Number.isInteger) return [{ kind: 'integer' }]
    if (type === 'safe_integer' && requirement === Number.isSafeInteger) return [{ kind: 'safe integer' }]
    if (type === 'finite' && requirement === Number.isFinite) {
      return [
        { kind: '<=', limit: Number.MAX_VALUE },
        { kind: '>=', limit: -Number.MAX_VALUE },
      ]
    }
    const kind = comparisons[String(type)]
    if (kind !== undefined && Number.isFinite(requirement)) return [{ kind, limit: requirement as number }]
    return this.#skip(`number with ${String(type)}`)
  }

  #array(node: ValibotNode, steps: readonly ValibotNode[]): Plan {
    let [min, max] = [0, Number.POSITIVE_INFINITY]
    for (const { type, requirement } of steps) {
      const length = lengthOf(type, requirement)
      if (length === undefined) this.#refuse(`array with ${String(type)}`)
      min = Math.max(min, length?.min ?? 0)
      max = Math.min(max, length?.max ?? max)
    }
    return { kind: 'array', element: this.read(node.item), min, max, copies: true }
  }

  #object({ entries }: ValibotNode, type: string): Plan {
    // valibot goes through inherited names too.
    if (Object.getPrototypeOf(entries) !== Object.prototype) throw new NotCompiled('valibot: entries of another kind')
    const members = Object.entries(entries as object).map(([name, entry]) => this.#member(name, entry))
    const others = othersOf(type)
    return { kind: 'object', members, others, arrays: 'tried', keeps: 'own', copies: true }
  }

  #member(name: string, entry: unknown): MemberPlan {
    if (name === '__proto__') throw new NotCompiled("valibot: a member called '__proto__'")
    const plan = this.read(entry)
    const { type, default: standIn } = entry as ValibotNode
    if (type !== 'optional' && type !== 'nullish') return { name, plan, absent: 'refused' }
    return { name, plan, absent: standIn === undefined ? 'left out' : 'made' }
  }

  #tuple(node: ValibotNode, type: string): Plan {
    const items = listOf(node.items).map((item) => this.read(item))
    return { kind: 'tuple', items, rest: type === 'tuple' ? 'ignored' : undefined, short: 'tried', copies: true }
  }

  #record(node: ValibotNode): Plan {
    const name = this.read(node.key)
    if (name.kind !== 'string') throw new NotCompiled('valibot: a record whose names are not any text')
    const ignores = ['__proto__', 'prototype', 'constructor']
    return { kind: 'record', name, value: this.read(node.value), arrays: 'unsure', ignores, copies: true }
  }

  #variant({ key, options }: ValibotNode): Plan {
    const byValue = new Map<unknown, Plan>()
    for (const option of listOf(options)) {
      const plan = this.read(option)
      const tag = plan.kind === 'object' ? plan.members.find(({ name }) => name === key) : undefined
      if (tag?.plan.kind !== 'values') throw new NotCompiled('valibot: a variant without plain tags')
      for (const value of tag.plan.values) {
        if (byValue.has(value)) throw new NotCompiled('valibot: variants with the same tag')
        byValue.set(value, plan)
      }
    }
    return { kind: 'tagged', tag: String(key), options: byValue, arrays: 'tried' }
  }

  #wrapped({ wrapped, default: standIn }: ValibotNode, type: 'optional' | 'nullable' | 'nullish'): Plan {
    const inner = this.read(wrapped)
    if (typeof standIn === 'function') this.#refuse('a default that is a function')
    const missing = { optional: [undefined], nullable: [null], nullish: [undefined, null] }[type]
    const replaces = standIn === undefined ? undefined : { by: standIn }
    return { kind: 'absent', missing, replaces, inner }
  }

  /** For what the list should have kept out. */
  #skip(what: string): [] {
    this.#refuse(what)
    return []
  }

  /** Where everything is allowed, nothing is refused. */
  #refuse(what: string): void {
    if (!this.#allowed.checks.has(what)) throw new NotCompiled(`valibot: ${what}`)
  }
}

const comparisons: Readonly<Record<string, '<' | '<=' | '>' | '>='>> = {
  min_value: '>=',
  max_value: '<=',
  gt_value: '>',
  lt_value: '<',
}

function lengthOf(type: unknown, requirement: unknown): { min: number; max: number } | undefined {
  const most = Number.POSITIVE_INFINITY
  if (type === 'non_empty') return { min: 1, max: most }
  if (typeof requirement !== 'number' || !Number.isFinite(requirement)) return undefined
  if (type === 'min_length') return { min: requirement, max: most }
  if (type === 'max_length') return { min: 0, max: requirement }
  return type === 'length' ? { min: requirement, max: requirement } : undefined
}

function othersOf(type: string): OthersPlan {
  if (type === 'strict_object') return 'refused'
  return type === 'loose_object' ? { kind: 'any' } : 'left out'
}

/** Steps whose requirement is their own. */
function isFormat(type: string): boolean {
  return (
    type !== 'regex' && (patterns.split(' ').includes(type) || /^(integer|safe_integer|finite|non_empty)$/.test(type))
  )
}

/** Whether `~run` has the code that the node's factory gives it. */
function hasOwnRun(node: ValibotNode, names: readonly string[]): boolean {
  const { reference } = node
  if (typeof reference !== 'function') return false
  const fresh: unknown = reference(...names.map((name) => node[name]), node.message)
  if (!isNode(fresh) || fresh.type !== node.type || fresh.kind !== node.kind) return false
  return typeof node['~run'] === 'function' && String(fresh['~run']) === String(node['~run'])
}

/** A pipe's `~run` has no factory to ask; but no other of valibot's looks at these. */
function isPipe(run: unknown): boolean {
  const code = String(run)
  return ['metadata', 'schema', 'transformation', 'abortPipeEarly'].every((word) => code.includes(word))
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NotCompiled('valibot: a part that is no list')
  return [...value]
}

function isNode(value: unknown): value is ValibotNode {
  if (value === null || typeof value !== 'object') return false
  return 'kind' in value && 'type' in value
}
