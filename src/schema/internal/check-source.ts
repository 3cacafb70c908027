/**
 * From plans to code that checks.
 *
 *   plan ─▶ one function for each object, array, union … ─▶ new Function
 *
 * A function is `(value) => output`, and `refused` where the plan does not fit. It never says why: whoever wants to know asks
 * the library, which has the words. Plain values are checked where they stand; objects are made as a library makes them,
 * member by member in declared order.
 */
import type {
  ArrayPlan,
  MemberPlan,
  NumberTest,
  ObjectPlan,
  Plan,
  RecordPlan,
  StringTest,
  TuplePlan,
} from './check-plan.ts'

type AbsentPlan = Extract<Plan, { kind: 'absent' }>
type TaggedPlan = Extract<Plan, { kind: 'tagged' }>

export type Check = (value: unknown) => unknown

/** What a check gives for a value that does not fit. */
export const refused: unique symbol = Symbol('refused')

/**
 * Thrown by a check that does not know what the library would say. To refuse is not the same: among alternatives, the next
 * would be taken.
 */
export const unsure: unique symbol = Symbol('unsure')

/** @throws EvalError where the process forbids code from strings. */
export function checkOf(plan: Plan): Check {
  const source = new CheckSource()
  const root = source.functionFor(plan)
  const code = `'use strict';\n${source.functions.join('\n')}\nreturn ${root}`
  const make = new Function('no', 'unsure', 'points', 'isPlain', 'k', code)
  return make(refused, unsure, codePoints, isPlainObject, source.constants)
}

class CheckSource {
  readonly functions: string[] = []
  readonly constants: unknown[] = []
  readonly #names = new Map<Plan, string>()

  functionFor(plan: Plan): string {
    let name = this.#names.get(plan)
    if (name === undefined) {
      name = `f${this.#names.size}`
      this.#names.set(plan, name)
      this.functions.push(`function ${name}(x) {\n${this.#body(plan)}\n}`)
    }
    return name
  }

  #body(plan: Plan): string {
    switch (plan.kind) {
      case 'object':
        return this.#object(plan)
      case 'array':
        return this.#array(plan)
      case 'tuple':
        return this.#tuple(plan)
      case 'record':
        return this.#record(plan)
      case 'union':
        return `let y\n${plan.options.map((option) => `y = ${this.functionFor(option)}(x)\nif (y !== no) return y`).join('\n')}\nreturn no`
      case 'tagged':
        return this.#tagged(plan)
      default:
        return `${this.#inline(plan, 'x')}\nreturn x`
    }
  }

  /** Statements that leave in `x` what becomes of it, or return. */
  #inline(plan: Plan, x: string): string {
    switch (plan.kind) {
      case 'any':
        return ''
      case 'boolean':
        return `if (typeof ${x} !== 'boolean') return no`
      case 'null':
        return `if (${x} !== null) return no`
      case 'undefined':
        return `if (${x} !== undefined) return no`
      case 'string':
        return [`if (typeof ${x} !== 'string') return no`, ...plan.tests.map((test) => this.#stringTest(test, x))].join(
          '\n',
        )
      case 'number':
        return [this.#numberType(plan.finite, x), ...plan.tests.map((test) => this.#numberTest(test, x))].join('\n')
      case 'values':
        return this.#values([...plan.values], x)
      case 'absent':
        return this.#absent(plan, x)
      case 'default': {
        const standIn = `${this.#constant(plan.source)}[${JSON.stringify(plan.name)}]`
        return `if (${x} === undefined) ${x} = ${standIn}\nelse {\n${this.#inline(plan.inner, x)}\n}`
      }
      case 'frozen':
        return `${this.#inline(plan.inner, x)}\nObject.freeze(${x})`
      case 'all':
        return plan.plans.map((part) => this.#inline(part, x)).join('\n')
      default:
        return `${x} = ${this.functionFor(plan)}(${x})\nif (${x} === no) return no`
    }
  }

  #absent({ missing, replaces, inner }: AbsentPlan, x: string): string {
    const isMissing = missing.map((value) => `${x} === ${value}`).join(' || ')
    const replace = replaces === undefined ? '' : `if (${isMissing}) ${x} = ${this.#constant(replaces.by)}\n`
    return `${replace}if (!(${isMissing})) {\n${this.#inline(inner, x)}\n}`
  }

  #stringTest(test: StringTest, x: string): string {
    switch (test.kind) {
      case 'min units':
        return `if (${x}.length < ${number(test.count)}) return no`
      case 'max units':
        return `if (${x}.length > ${number(test.count)}) return no`
      // A code point has one unit or two, so that most lengths tell without counting.
      case 'min points':
        return `if (${x}.length < ${number(test.count * 2)} && points(${x}) < ${number(test.count)}) return no`
      case 'max points':
        return `if (${x}.length > ${number(test.count)} && points(${x}) > ${number(test.count)}) return no`
      case 'pattern':
        return this.#pattern(test.pattern, x)
      case 'starts':
        return `if (!${x}.startsWith(${JSON.stringify(test.text)})) return no`
      case 'ends':
        return `if (!${x}.endsWith(${JSON.stringify(test.text)})) return no`
      case 'includes':
        return `if (!${x}.includes(${JSON.stringify(test.text)})) return no`
    }
  }

  #pattern(pattern: RegExp, x: string): string {
    const constant = this.#constant(pattern)
    const rewind = pattern.global || pattern.sticky ? `${constant}.lastIndex = 0\n` : ''
    return `${rewind}if (!${constant}.test(${x})) return no`
  }

  #numberType(finite: boolean, x: string): string {
    return finite
      ? `if (typeof ${x} !== 'number' || ${x} - ${x} !== 0) return no`
      : `if (typeof ${x} !== 'number' || ${x} !== ${x}) return no`
  }

  #numberTest(test: NumberTest, x: string): string {
    if ('limit' in test) return `if (!(${x} ${test.kind} ${number(test.limit)})) return no`
    if (test.kind === 'integer') return `if (!Number.isInteger(${x})) return no`
    return `if ((${x} | 0) !== ${x} && !Number.isSafeInteger(${x})) return no`
  }

  #values(values: readonly unknown[], x: string): string {
    const isSimple = values.length <= 8 && values.every((value) => typeof value === 'string')
    if (!isSimple) return `if (!${this.#constant(new Set(values))}.has(${x})) return no`
    return `if (${['true', ...values.map((value) => `${x} !== ${JSON.stringify(value)}`)].join(' && ')}) return no`
  }

  #object(plan: ObjectPlan): string {
    const { members, copies, others, arrays } = plan
    const lines = [objectTest(arrays)]
    members.forEach((member, index) => {
      lines.push(this.#member(member, `m${index}`))
    })
    if (copies) lines.push(this.#copy(members))
    if (others !== 'left out') lines.push(this.#others(plan))
    lines.push(copies ? 'return o' : 'return x')
    return lines.join('\n')
  }

  #member({ name, plan, absent }: MemberPlan, m: string): string {
    const key = JSON.stringify(name)
    const read = `let ${m} = x[${key}]`
    if (absent === 'made') return `${read}\n${this.#inline(plan, m)}`
    if (absent === 'refused') {
      const isMissing = takesUndefined(plan) ? `\nif (${m} === undefined && !(${key} in x)) return no` : ''
      return `${read}${isMissing}\n${this.#inline(plan, m)}`
    }
    if (absent === 'passed') {
      return `${read}\nif (${m} !== undefined) {\n${this.#inline(plan, m)}\n} else if (${key} in x) throw unsure`
    }
    const isThere = `const ${m}is = ${m} !== undefined || ${key} in x`
    return `${read}\n${isThere}\nif (${m}is) {\n${this.#inline(plan, m)}\n}`
  }

  /** A literal as long as members are sure to be there, assignments from then on: the order is the declared one. */
  #copy(members: readonly MemberPlan[]): string {
    const firstUnsure = members.findIndex(({ absent }) => absent === 'left out')
    const sure = firstUnsure === -1 ? members.length : firstUnsure
    const literal = members.slice(0, sure).map(({ name }, index) => `${JSON.stringify(name)}: m${index}`)
    const more = members.slice(sure).map(({ name, absent }, index) => {
      const m = `m${sure + index}`
      const assign = `o[${JSON.stringify(name)}] = ${m}`
      return absent === 'left out' ? `if (${m}is) ${assign}` : assign
    })
    return [`const o = { ${literal.join(', ')} }`, ...more].join('\n')
  }

  #others({ members, others, copies, keeps }: ObjectPlan): string {
    const declared = this.#constant(new Set(members.map(({ name }) => name)))
    const keep = copies ? '\no[name] = y' : ''
    if (others === 'refused' && !copies) {
      return `for (const name of Object.getOwnPropertyNames(x)) if (!${declared}.has(name)) return no`
    }
    if (others === 'refused') return `for (const name in x) if (!${declared}.has(name)) return no`
    const check = others === 'left out' ? '' : this.#inline(others, 'y')
    const inherited =
      keeps === 'own' ? ` || name === 'prototype' || name === 'constructor' || !Object.hasOwn(x, name)` : ''
    return `for (const name in x) {\nif (${declared}.has(name) || name === '__proto__'${inherited}) continue\nlet y = x[name]\n${check}${keep}\n}`
  }

  #array({ element, min, max, copies }: ArrayPlan): string {
    const check = this.#inline(element, 'y')
    const keep = copies ? '\no[i] = y' : ''
    return `if (!Array.isArray(x)) return no
${lengthTest(min, max)}
${copies ? 'const o = new Array(x.length)' : ''}
for (let i = 0; i < x.length; i++) {
let y = x[i]
${copies ? '' : 'if (y === undefined && !(i in x)) throw unsure'}
${check}${keep}
}
return ${copies ? 'o' : 'x'}`
  }

  #tuple({ items, rest, short, copies }: TuplePlan): string {
    const tooShort = { refused: 'return no', unsure: 'throw unsure', tried: '' }[short]
    const lines = ['if (!Array.isArray(x)) return no']
    if (tooShort !== '') lines.push(`if (x.length < ${items.length}) ${tooShort}`)
    // TypeBox does not count holes.
    const tooLong = copies ? 'return no' : `{\nif (!(${items.length} in x)) throw unsure\nreturn no\n}`
    if (rest === undefined) lines.push(`if (x.length > ${items.length}) ${tooLong}`)
    items.forEach((item, index) => {
      lines.push(`let m${index} = x[${index}]`, this.#inline(item, `m${index}`))
    })
    if (copies) lines.push(`const o = [${items.map((_, index) => `m${index}`).join(', ')}]`)
    if (rest !== undefined && rest !== 'ignored') {
      const keep = copies ? '\no[i] = y' : ''
      lines.push(
        `for (let i = ${items.length}; i < x.length; i++) {\nlet y = x[i]\n${this.#inline(rest, 'y')}${keep}\n}`,
      )
    }
    lines.push(copies ? 'return o' : 'return x')
    return lines.join('\n')
  }

  /** Only of plain objects: what else counts as a record, libraries know. */
  #record({ name, value, arrays, ignores, copies }: RecordPlan): string {
    const isIgnored = ['false', ...ignores.map((ignored) => `key === ${JSON.stringify(ignored)}`)].join(' || ')
    return `if (Array.isArray(x)) ${arrays === 'refused' ? 'return no' : 'throw unsure'}
if (!isPlain(x)) return no
${copies ? 'const o = {}' : ''}
for (const key of Object.keys(x)) {
if (${isIgnored}) continue
let n = key
${this.#inline(name, 'n')}
let y = x[key]
${this.#inline(value, 'y')}
${copies ? 'o[key] = y' : ''}
}
return ${copies ? 'o' : 'x'}`
  }

  #tagged({ tag, options, arrays }: TaggedPlan): string {
    const numbers = new Map([...options].map(([value], index) => [value, index]))
    const cases = [...options].map(([, plan], index) => `case ${index}: return ${this.functionFor(plan)}(x)`)
    return `${objectTest(arrays)}
switch (${this.#constant(numbers)}.get(x[${JSON.stringify(tag)}])) {
${cases.join('\n')}
}
return no`
  }

  #constant(value: unknown): string {
    return `k[${this.constants.push(value) - 1}]`
  }
}

function objectTest(arrays: 'refused' | 'tried'): string {
  return `if (typeof x !== 'object' || x === null${arrays === 'refused' ? ' || Array.isArray(x)' : ''}) return no`
}

function lengthTest(min: number, max: number): string {
  const tests = [
    min > 0 ? `x.length < ${number(min)}` : '',
    max < Number.POSITIVE_INFINITY ? `x.length > ${number(max)}` : '',
  ]
  const said = tests.filter((test) => test !== '')
  return said.length === 0 ? '' : `if (${said.join(' || ')}) return no`
}

/** As code: `-0`, `NaN` and `Infinity` have no literals, or others than expected. */
function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function takesUndefined({ kind }: Plan): boolean {
  return !['string', 'number', 'boolean', 'null', 'object', 'array', 'tuple', 'record', 'tagged'].includes(kind)
}

/** A lone surrogate is one. */
function codePoints(text: string): number {
  let count = text.length
  for (let i = 1; i < text.length; i++) {
    if (isHigh(text.charCodeAt(i - 1)) && isLow(text.charCodeAt(i))) {
      count--
      i++
    }
  }
  return count
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

/**
 * Neither a class, nor an own constructor, nor symbols.
 *
 * @throws what `unsure` is for an object of which a library might think otherwise.
 */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  const isKnown = prototype === null || prototype === Object.prototype
  if (!isKnown || Object.hasOwn(value, 'constructor') || Object.getOwnPropertySymbols(value).length > 0) throw unsure
  return true
}
