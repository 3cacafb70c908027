/**
 * From projections to code that asks whether a value is exactly what was declared.
 *
 *   projection ─▶ one function for each record, list, variant … ─▶ new Function ─▶ (value) => boolean
 *
 * It says yes only where `Projection.isExact` does, and no more often: to plain objects alone, their members in declared
 * order. Code, because members are then read by constant names, at a third of the time.
 */
import type { Projection } from './projection.ts'

export type ExactCheck = (value: unknown) => boolean

/** @throws EvalError where the process forbids code from strings. */
export function exactCheckOf(projection: Projection): ExactCheck {
  const source = new ExactSource()
  const root = source.functionFor(projection)
  const names = source.constants.map((_, index) => `k${index}`)
  const make = new Function(...names, `'use strict';\n${source.functions.join('\n')}\nreturn ${root}`)
  return make(...source.constants)
}

/** Whether a value has parts of which nobody knows how many there are. */
export function holdsList(projection: Projection, seen: Set<Projection> = new Set()): boolean {
  if (seen.has(projection)) return false
  seen.add(projection)
  const { shape } = projection
  switch (shape.kind) {
    case 'list':
      return true
    case 'tuple':
      return [...shape.first, ...(shape.rest === undefined ? [] : [shape.rest])].some((part) => holdsList(part, seen))
    case 'record':
      return [...shape.members.values()].some((member) => holdsList(member, seen))
    case 'variant':
      return [...shape.variants.values()].some((variant) => holdsList(variant, seen))
    case 'either':
      return true
    case 'deferred':
      return holdsList(shape.target, seen)
    default:
      return false
  }
}

class ExactSource {
  readonly functions: string[] = []
  readonly constants: unknown[] = []
  /** By projection, so that one that holds itself is written once. */
  readonly #names = new Map<Projection, string>()

  functionFor(projection: Projection): string {
    const { shape } = projection
    if (shape.kind === 'deferred') return this.functionFor(shape.target)
    let name = this.#names.get(projection)
    if (name === undefined) {
      name = `${shape.kind}${this.#names.size}`
      this.#names.set(projection, name)
      this.functions.push(`function ${name}(v) {\n${this.#body(projection)}\n}`)
    }
    return name
  }

  #body(projection: Projection): string {
    const { shape } = projection
    const scalars = `if (typeof v !== 'object' || v === null) return true`
    switch (shape.kind) {
      case 'open':
        return 'return true'
      case 'scalar':
        return `return typeof v !== 'object' || v === null`
      case 'list':
        return `${scalars}\n${this.#list(shape.element)}`
      case 'variant':
        return `${scalars}\n${plainObject}\n${this.#variant(shape.tag, shape.variants)}`
      case 'record':
        if (shape.others === undefined) return `${scalars}\n${plainObject}\n${this.#record(shape.members)}`
        break
      default:
        break
    }
    return `return ${this.#constant(projection)}.isExact(v)`
  }

  #list(element: Projection): string {
    return `if (!Array.isArray(v) || v.toJSON !== undefined) return false
for (let i = 0; i < v.length; i++) {
const x = v[i]
${this.#test(element)}
}
return true`
  }

  #record(members: ReadonlyMap<string, Projection>): string {
    const names = this.#constant([...members.keys()])
    const tests = [...members].map(([name, member]) => `x = v[${JSON.stringify(name)}]\n${this.#test(member)}`)
    return `let i = 0, x
for (const name in v) {
while (i < ${members.size} && ${names}[i] !== name) i++
if (i++ >= ${members.size}) return false
}
${tests.join('\n')}
return true`
  }

  #variant(tag: string, variants: ReadonlyMap<unknown, Projection>): string {
    const cases = [...variants].map(
      ([value, projection]) => `case ${JSON.stringify(value)}: return ${this.functionFor(projection)}(v)`,
    )
    return `switch (v[${JSON.stringify(tag)}]) {\n${cases.join('\n')}\n}\nreturn false`
  }

  /** Returns if `x` is not exact. */
  #test(projection: Projection): string {
    const { kind } = projection.shape
    if (kind === 'open') return ''
    const isObject = `typeof x === 'object' && x !== null`
    if (kind === 'scalar') return `if (${isObject}) return false`
    return `if (${isObject} && !${this.functionFor(projection)}(x)) return false`
  }

  #constant(value: unknown): string {
    return `k${this.constants.push(value) - 1}`
  }
}

const plainObject = `if (Array.isArray(v) || v.toJSON !== undefined || Object.getPrototypeOf(v) !== Object.prototype) return false`
