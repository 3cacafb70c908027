/**
 * Plans of zod schemas, classic and mini, read from `_zod.def`.
 *
 * Every kind, trait, option and check must be on the list. A schema that refines, transforms, coerces, catches, holds itself
 * or waits is left to zod. So is every schema of a release that was not compared with what is written here: what zod
 * does has changed in small releases (4.6 counts code points where 4.1 counted UTF-16 units).
 */
import { type AllowList, NotCompiled, optionsOf, words } from './allow-list.ts'
import type { MemberPlan, NumberTest, Plan, StringTest } from './check-plan.ts'

interface ZodNode {
  readonly _zod: {
    readonly def: Definition
    readonly version?: Partial<Record<'major' | 'minor' | 'patch', number>>
    readonly traits: ReadonlySet<string>
    readonly values?: ReadonlySet<unknown>
    readonly optin?: string
    readonly optout?: string
    readonly constr?: new (def: object) => ZodNode
  }
}

type Definition = Readonly<Record<string, unknown>> & { readonly type?: unknown; readonly checks?: unknown }

/** Formats whose whole meaning is `pattern`. Others look further, such as url, ipv6, jwt and base64. */
const formats =
  'email guid uuid nanoid cuid cuid2 ulid xid ksuid datetime date time duration ipv4 cidrv4 e164 regex lowercase uppercase'

const format = 'check format abort pattern version offset local precision'

export const zodAllowList: AllowList = {
  versions: words('4.6'),
  kinds: words(
    'string number boolean null undefined any unknown enum literal array tuple object record union optional nullable ' +
      'default readonly',
  ),
  checks: words(
    `min_length max_length length_equals greater_than less_than starts_with ends_with includes safeint int32 uint32 ${formats}`,
  ),
  options: optionsOf({
    string: `type checks error coerce ${format}`,
    number: 'type checks error coerce check format abort',
    boolean: 'type checks error coerce',
    null: 'type checks error',
    undefined: 'type checks error',
    any: 'type checks error',
    unknown: 'type checks error',
    enum: 'type checks error entries',
    literal: 'type checks error values',
    array: 'type checks error element',
    tuple: 'type checks error items rest',
    object: 'type checks error shape catchall',
    record: 'type checks error keyType valueType',
    union: 'type checks error options discriminator inclusive',
    optional: 'type checks error innerType',
    nullable: 'type checks error innerType',
    default: 'type checks error innerType defaultValue',
    readonly: 'type checks error innerType',
    min_length: 'check error abort when minimum',
    max_length: 'check error abort when maximum',
    length_equals: 'check error abort when length',
    greater_than: 'check error abort value inclusive',
    less_than: 'check error abort value inclusive',
    number_format: 'type check error abort format',
    string_format: `type error ${format} prefix suffix includes position`,
  }),
}

/** What constructors may have left their names on a node: those of zod's own, for kinds that are listed. */
const traits =
  /^(\$|_)?Zod(Mini)?(Type|Check|String|StringFormat|CheckStringFormat|Number|NumberFormat|CheckNumberFormat|Boolean|Null|Undefined|Any|Unknown|Enum|Literal|Array|Tuple|Object|ObjectJIT|Record|Union|DiscriminatedUnion|Optional|Nullable|Default|Readonly|Email|GUID|UUID|NanoID|CUID|CUID2|ULID|XID|KSUID|ISODateTime|ISODate|ISOTime|ISODuration|IPv4|CIDRv4|E164|CheckMinLength|CheckMaxLength|CheckLengthEquals|CheckGreaterThan|CheckLessThan|CheckStartsWith|CheckEndsWith|CheckIncludes|CheckRegex|CheckLowerCase|CheckUpperCase)$/

/** @throws NotCompiled for what is not on the list. */
export function readZod(schema: unknown, allowed: AllowList = zodAllowList): Plan {
  return new ZodReader(allowed).read(schema)
}

class ZodReader {
  readonly #allowed: AllowList
  readonly #plans = new Map<ZodNode, Plan>()
  readonly #open = new Set<ZodNode>()

  constructor(allowed: AllowList) {
    this.#allowed = allowed
  }

  read(node: unknown): Plan {
    if (!isZodNode(node)) throw new NotCompiled('a part that is no schema of zod')
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

  #admit({ _zod: { def, version, traits: names } }: ZodNode): void {
    const kind = String(def.type)
    const release = `${version?.major}.${version?.minor}`
    if (!this.#allowed.versions.has(release)) throw new NotCompiled(`zod ${release}`)
    if (!this.#allowed.kinds.has(kind)) throw new NotCompiled(`zod: ${kind}`)
    this.#admitTraits(kind, names)
    this.#admitOptions(kind, def)
    if (def.coerce && !this.#allowed.checks.has('coerce')) throw new NotCompiled(`zod: ${kind} that coerces`)
  }

  #admitTraits(kind: string, names: ReadonlySet<string> | undefined): void {
    const stranger = [...(names ?? [])].find((name) => !traits.test(name))
    if (stranger !== undefined && !this.#allowed.checks.has(stranger)) {
      throw new NotCompiled(`zod: ${kind} that is a ${stranger}`)
    }
  }

  #admitOptions(kind: string, def: Definition): void {
    const allowed = this.#allowed.options(kind)
    for (const key of Reflect.ownKeys(def)) {
      if (!allowed.has(String(key))) throw new NotCompiled(`zod: ${kind} with '${String(key)}'`)
    }
  }

  #plan(node: ZodNode): Plan {
    const { def } = node._zod
    const kind = String(def.type)
    if (kind === 'string') return { kind, tests: this.#checksOf(node).flatMap((check) => this.#stringTest(check)) }
    if (kind === 'number')
      return { kind, finite: true, tests: this.#checksOf(node).flatMap((check) => this.#numberTest(check)) }
    if (kind === 'array') return this.#array(node)
    const { checks } = def
    if (Array.isArray(checks) && checks.length > 0) this.#refuse(`${kind} with checks`)
    return this.#unchecked(node, kind)
  }

  #unchecked(node: ZodNode, kind: string): Plan {
    const { def, values } = node._zod
    switch (kind) {
      case 'boolean':
      case 'null':
      case 'undefined':
        return { kind }
      case 'any':
      case 'unknown':
        return { kind: 'any' }
      case 'enum':
      case 'literal':
        if (!(values instanceof Set)) throw new NotCompiled(`zod: ${kind} without values`)
        return { kind: 'values', values: new Set(values) }
      case 'optional':
        return this.#optional(def.innerType)
      case 'nullable':
        return absent(null, this.read(def.innerType))
      case 'default':
        return { kind, inner: this.read(def.innerType), source: def, name: 'defaultValue' }
      case 'readonly':
        return { kind: 'frozen', inner: this.read(def.innerType) }
      case 'union':
        return this.#union(node)
      case 'object':
        return this.#object(node)
      case 'tuple':
        return this.#tuple(node)
      case 'record':
        return this.#record(node)
      default:
        // Only where everything is allowed.
        return isZodNode(def.innerType)
          ? this.read(def.innerType)
          : isZodNode(def.in)
            ? this.read(def.in)
            : { kind: 'any' }
    }
  }

  #optional(inner: unknown): Plan {
    const plan = this.read(inner)
    if ((inner as ZodNode)._zod.optin === 'defaulted') throw new NotCompiled('zod: an optional default')
    return absent(undefined, plan)
  }

  /** The checks of a node, itself included where it is one. */
  #checksOf(node: ZodNode): Definition[] {
    const { def } = node._zod
    const added = Array.isArray(def.checks) ? def.checks : []
    const own = def.check === undefined ? [] : [node]
    return [...own.map((check) => this.#admitCheck(check)), ...added.map((check) => this.#admitAdded(check))]
  }

  /** One that was added with `check()` may be a whole schema, of which zod runs the check alone. */
  #admitAdded(check: unknown): Definition {
    if (isZodNode(check) && check._zod.def.type !== undefined) {
      this.#admit(check)
      if (Array.isArray(check._zod.def.checks) && check._zod.def.checks.length > 0) this.#refuse('a check with checks')
    }
    return this.#admitCheck(check)
  }

  #admitCheck(check: unknown): Definition {
    if (!isZodNode(check)) return this.#refuse('a check that is a function')
    const { def, traits: names } = check._zod
    const kind = String(def.check)
    const name = kind.endsWith('_format') ? String(def.format) : kind
    if (!this.#allowed.checks.has(name)) throw new NotCompiled(`zod: the check ${name}`)
    this.#admitTraits(`the check ${name}`, names)
    if (def.type === undefined) this.#admitOptions(kind, def)
    if (def.when !== undefined && !isOwnCondition(check)) this.#refuse(`the check ${name} with a condition`)
    return def
  }

  #stringTest(def: Definition): StringTest[] {
    switch (def.check) {
      case 'min_length':
        return [{ kind: 'min points', count: this.#number(def.minimum) }]
      case 'max_length':
        return [{ kind: 'max points', count: this.#number(def.maximum) }]
      case 'length_equals':
        return [
          { kind: 'min points', count: this.#number(def.length) },
          { kind: 'max points', count: this.#number(def.length) },
        ]
      case 'string_format':
        return this.#format(def)
      default:
        return this.#skip(`the check ${String(def.check)}`)
    }
  }

  #format(def: Definition): StringTest[] {
    const { prefix, suffix, includes, pattern } = def
    if (def.format === 'starts_with' && typeof prefix === 'string') return [{ kind: 'starts', text: prefix }]
    if (def.format === 'ends_with' && typeof suffix === 'string') return [{ kind: 'ends', text: suffix }]
    if (def.format === 'includes' && typeof includes === 'string' && def.position === undefined) {
      return [{ kind: 'includes', text: includes }]
    }
    const isPattern = formats.split(' ').includes(String(def.format))
    if (isPattern && pattern instanceof RegExp) return [{ kind: 'pattern', pattern }]
    return this.#skip(`the format ${String(def.format)}`)
  }

  #numberTest(def: Definition): NumberTest[] {
    const limit = def.value
    switch (def.check) {
      case 'greater_than':
        return [{ kind: def.inclusive === true ? '>=' : '>', limit: this.#number(limit) }]
      case 'less_than':
        return [{ kind: def.inclusive === true ? '<=' : '<', limit: this.#number(limit) }]
      case 'number_format':
        return this.#numberFormat(def.format)
      default:
        return this.#skip(`the check ${String(def.check)}`)
    }
  }

  #numberFormat(name: unknown): NumberTest[] {
    if (name === 'safeint') return [{ kind: 'safe integer' }]
    if (name === 'int32')
      return [{ kind: 'integer' }, { kind: '>=', limit: -(2 ** 31) }, { kind: '<=', limit: 2 ** 31 - 1 }]
    if (name === 'uint32') return [{ kind: 'integer' }, { kind: '>=', limit: 0 }, { kind: '<=', limit: 2 ** 32 - 1 }]
    return this.#skip(`the format ${String(name)}`)
  }

  #array(node: ZodNode): Plan {
    let min = 0
    let max = Number.POSITIVE_INFINITY
    for (const { check, minimum, maximum, length } of this.#checksOf(node)) {
      if (check === 'min_length' || check === 'length_equals') min = Math.max(min, this.#number(minimum ?? length))
      if (check === 'max_length' || check === 'length_equals') max = Math.min(max, this.#number(maximum ?? length))
      if (!['min_length', 'max_length', 'length_equals'].includes(String(check)))
        this.#skip(`the check ${String(check)}`)
    }
    return { kind: 'array', element: this.read(node._zod.def.element), min, max, copies: true }
  }

  #union({ _zod: { def, traits: names } }: ZodNode): Plan {
    const { options, discriminator } = def
    if (!Array.isArray(options) || options.length === 0) throw new NotCompiled('zod: a union of nothing')
    if (typeof discriminator === 'string') return this.#tagged(options, discriminator)
    if (def.inclusive === false || names.has('$ZodXor')) this.#refuse('an exclusive union')
    return { kind: 'union', options: options.map((option) => this.read(option)) }
  }

  #tagged(options: readonly unknown[], tag: string): Plan {
    const byValue = new Map<unknown, Plan>()
    for (const option of options) {
      const member = isZodNode(option)
        ? (option._zod.def.shape as Record<string, unknown> | undefined)?.[tag]
        : undefined
      if (!isZodNode(member)) throw new NotCompiled('zod: an alternative whose tag is not its own member')
      const plan = this.read(member)
      if (plan.kind !== 'values') throw new NotCompiled('zod: a tag that is neither literal nor enum')
      for (const value of plan.values) {
        if (byValue.has(value)) throw new NotCompiled('zod: alternatives with the same tag')
        byValue.set(value, this.read(option))
      }
    }
    return { kind: 'tagged', tag, options: byValue, arrays: 'refused' }
  }

  #object({ _zod: { def } }: ZodNode): Plan {
    const shape = def.shape as Readonly<Record<string, unknown>>
    if (Object.getOwnPropertySymbols(shape).length > 0) throw new NotCompiled('zod: a member named by a symbol')
    const members = Object.keys(shape).map((name) => this.#member(name, shape[name]))
    return {
      kind: 'object',
      members,
      others: this.#others(def.catchall),
      arrays: 'refused',
      keeps: 'all',
      copies: true,
    }
  }

  #member(name: string, node: unknown): MemberPlan {
    if (name === '__proto__') throw new NotCompiled("zod: a member called '__proto__'")
    const plan = this.read(node)
    const { optin, optout } = (node as ZodNode)._zod
    if (optin === undefined) return { name, plan, absent: 'refused' }
    if (optin === 'optional' && optout === 'optional') return { name, plan, absent: 'left out' }
    if (optin === 'defaulted' && optout === undefined) return { name, plan, absent: 'made' }
    throw new NotCompiled('zod: a member that is optional in a way of its own')
  }

  #others(catchall: unknown): 'left out' | 'refused' | Plan {
    if (catchall === undefined) return 'left out'
    if (isZodNode(catchall) && catchall._zod.def.type === 'never') return 'refused'
    return this.read(catchall)
  }

  #tuple({ _zod: { def } }: ZodNode): Plan {
    const { items, rest } = def
    if (!Array.isArray(items)) throw new NotCompiled('zod: a tuple without items')
    if (items.some((item) => isZodNode(item) && item._zod.optin !== undefined))
      throw new NotCompiled('zod: a tuple with optional items')
    const more = rest === null || rest === undefined ? undefined : this.read(rest)
    return {
      kind: 'tuple',
      items: items.map((item) => this.read(item)),
      rest: more,
      short: more === undefined ? 'refused' : 'unsure',
      copies: true,
    }
  }

  #record({ _zod: { def } }: ZodNode): Plan {
    const name = this.read(def.keyType)
    if (name.kind !== 'string') throw new NotCompiled('zod: a record whose names are not any text')
    return {
      kind: 'record',
      name,
      value: this.read(def.valueType),
      arrays: 'refused',
      ignores: ['__proto__'],
      copies: true,
    }
  }

  #number(value: unknown): number {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new NotCompiled('zod: a limit that is no finite number')
    return value
  }

  /** For what the list should have kept out. */
  #skip(what: string): [] {
    this.#refuse(what)
    return []
  }

  /** Where everything is allowed, nothing is refused. */
  #refuse(what: string): Definition {
    if (!this.#allowed.checks.has(what)) throw new NotCompiled(`zod: ${what}`)
    return {}
  }
}

function absent(value: null | undefined, inner: Plan): Plan {
  return { kind: 'absent', missing: [value], replaces: undefined, inner }
}

/** zod gives some checks a condition of its own, which is always true here. The user's may be anything. */
function isOwnCondition(check: ZodNode): boolean {
  const { constr: Constructor, def } = check._zod
  const { when, ...rest } = def
  if (Constructor === undefined) return false
  return new Constructor(rest)._zod.def.when === when
}

function isZodNode(value: unknown): value is ZodNode {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return '_zod' in value
}
