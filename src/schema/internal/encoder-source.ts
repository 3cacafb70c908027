/**
 * From projections to code that writes bytes.
 *
 *   projection ─▶ one function for each record, list, tuple … ─▶ new Function
 *
 *   record   ,"a":‹a›  ,"b":‹b›  }     members that are there; the first comma becomes the brace
 *   list     [ ‹item› , ‹item› ]
 *
 * A function is `(value, out, at) => next`, as in write-json.ts. Nothing is asked about the value beforehand: declared
 * members are read and written in one go, and what was not declared is never looked at. Code rather than closures, because
 * names become bytes that are stored one by one, and members are read by constant names.
 */
import { Buffer } from 'node:buffer'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { Projection, ScalarType } from './projection.ts'
import {
  makeRoom,
  maxNumberBytes,
  writeAny,
  writeAscii,
  writeBoolean,
  writeNumber,
  writeProjected,
  writeScalar,
  writeString,
} from './write-json.ts'

/** Writes from `at` on, and returns where the next byte goes. */
export type Writer = (value: unknown, out: ByteWriter, at: number) => number

/** What the code calls. Names are short, because they are all over it. */
const vocabulary = {
  any: writeAny,
  ascii: writeAscii,
  bool: writeBoolean,
  digits: writeNumber,
  isNumeral: (name: string) => /^\d+$/.test(name),
  keys: otherKeys,
  projected: writeProjected,
  room: makeRoom,
  scalar: writeScalar,
  text: writeString,
}

/** @throws EvalError where the process forbids code from strings. */
export function writerOf(projection: Projection): Writer {
  const source = new EncoderSource()
  const root = source.functionFor(projection)
  const names = Object.keys(vocabulary)
  const make = new Function(...names, 'k', `'use strict';\n${source.functions.join('\n')}\nreturn ${root}`)
  return make(...Object.values(vocabulary), source.constants)
}

/** Names longer than this are copied in a loop: a store for each byte makes code that no compiler looks at any more. */
const maxUnrolledBytes = 48

class EncoderSource {
  readonly functions: string[] = []
  readonly constants: unknown[] = []
  /** By projection, so that one that holds itself is written once. */
  readonly #names = new Map<Projection, string>()

  functionFor(projection: Projection): string {
    const target = targetOf(projection)
    const { kind } = target.shape
    if (kind === 'open') return 'any'
    if (kind === 'scalar') return 'scalar'
    let name = this.#names.get(target)
    if (name === undefined) {
      name = `${kind}${this.#names.size}`
      this.#names.set(target, name)
      this.functions.push(`function ${name}(v, out, p) {\n${this.#guard(target)}\n${this.#body(target)}\n}`)
    }
    return name
  }

  /** Plain values pass everywhere; what has a mind of its own is projected as the serializer does it. */
  #guard(projection: Projection): string {
    const projected = this.#projected(projection)
    const scalars = `if (typeof v !== 'object' || v === null) return scalar(v, out, p)`
    const { kind } = projection.shape
    if (kind === 'variant' || kind === 'either') return `${scalars}\nif (v.toJSON !== undefined) ${projected}`
    if (kind !== 'record') return `${scalars}\nif (!Array.isArray(v) || v.toJSON !== undefined) ${projected}`
    return `${scalars}\nif (Object.getPrototypeOf(v) !== Object.prototype || v.toJSON !== undefined) ${projected}`
  }

  #body(projection: Projection): string {
    const { shape } = projection
    switch (shape.kind) {
      case 'record':
        return this.#record(projection, shape.members, shape.others)
      case 'list':
        return this.#list(shape.element)
      case 'tuple':
        return this.#tuple(shape.first, shape.rest)
      case 'either':
        return `return Array.isArray(v) ? ${this.functionFor(shape.ofArray)}(v, out, p) : ${this.functionFor(shape.ofObject)}(v, out, p)`
      case 'variant':
        return this.#variant(shape.tag, shape.variants)
      default:
        return 'return scalar(v, out, p)'
    }
  }

  #record(projection: Projection, members: ReadonlyMap<string, Projection>, others: Projection | undefined): string {
    const lines = ['const start = p', 'let b = out.bytes, x']
    const declared = [...members.keys()]
    if (others !== undefined) {
      lines.push(`const names = keys(v, ${this.#constant(new Set(declared))})`)
      // Numbers among names come first in every object, and would stand before declared ones.
      if (declared.length > 0) lines.push(`if (names.length > 0 && isNumeral(names[0])) ${this.#projected(projection)}`)
    }
    for (const name of inOrder(declared)) lines.push(this.#member(name, members.get(name) as Projection))
    if (others !== undefined) lines.push(this.#others(others))
    lines.push('if (b.length - p < 2) b = room(out, p, 2)')
    lines.push('if (p === start) p++', 'b[start] = 123', 'b[p] = 125', 'return p + 1')
    return lines.join('\n')
  }

  #projected(projection: Projection): string {
    return `return projected(${this.#constant(projection)}, v, out, p)`
  }

  #member(name: string, projection: Projection): string {
    const key = JSON.stringify(name)
    const read = name in Object.prototype ? `Object.hasOwn(v, ${key}) ? v[${key}] : undefined` : `v[${key}]`
    return `x = ${read}\nif (x !== undefined) {\n${this.#value(`,${key}:`, projection)}\n}`
  }

  /** The prefix and `x` behind it. */
  #value(prefix: string, projection: Projection): string {
    const bytes = Buffer.from(prefix)
    const room = bytes.length + maxNumberBytes
    const lines = [`if (b.length - p < ${room}) b = room(out, p, ${room})`, ...this.#stores(bytes)]
    const { shape } = targetOf(projection)
    const type = shape.kind === 'scalar' ? shape.type : undefined
    const general = `{ p = ${this.functionFor(projection)}(x, out, p); b = out.bytes }`
    lines.push(type === undefined ? general : `${likely[type]} else ${general}`)
    return lines.join('\n')
  }

  #stores(bytes: Buffer): string[] {
    if (bytes.length > maxUnrolledBytes) return [`p = ascii(${this.#constant(bytes.toString('latin1'))}, b, p)`]
    return [...bytes]
      .map((byte, index) => `b[p${index === 0 ? '' : ` + ${index}`}] = ${byte}`)
      .concat(`p += ${bytes.length}`)
  }

  #others(others: Projection): string {
    return `for (const name of names) {
x = v[name]
if (x === undefined) continue
if (b.length - p < 1) b = room(out, p, 1)
b[p] = 44
p = text(name, out, p + 1)
b = out.bytes
${this.#value(':', others)}
}`
  }

  #list(element: Projection): string {
    return `let b = out.bytes, x
if (b.length - p < 2) b = room(out, p, 2)
b[p++] = 91
for (let i = 0; i < v.length; i++) {
x = v[i]
if (i !== 0) {
if (b.length - p < 1) b = room(out, p, 1)
b[p++] = 44
}
${this.#item(element)}
}
if (b.length - p < 1) b = room(out, p, 1)
b[p] = 93
return p + 1`
  }

  #item(element: Projection): string {
    return `if (x === undefined) { p = scalar(null, out, p); b = out.bytes } else {\n${this.#value('', element)}\n}`
  }

  #tuple(first: readonly Projection[], rest: Projection | undefined): string {
    const items = first.map(
      (element, index) =>
        `if (v.length > ${index}) {\nx = v[${index}]\nif (b.length - p < 1) b = room(out, p, 1)\n${index === 0 ? '' : 'b[p++] = 44\n'}${this.#item(element)}\n}`,
    )
    const more =
      rest === undefined
        ? ''
        : `for (let i = ${first.length}; i < v.length; i++) {\nx = v[i]\nif (b.length - p < 1) b = room(out, p, 1)\nif (i !== 0) b[p++] = 44\n${this.#item(rest)}\n}`
    return `let b = out.bytes, x\nif (b.length - p < 1) b = room(out, p, 1)\nb[p++] = 91\n${items.join('\n')}\n${more}\nif (b.length - p < 1) b = room(out, p, 1)\nb[p] = 93\nreturn p + 1`
  }

  #variant(tag: string, variants: ReadonlyMap<unknown, Projection>): string {
    const cases = [...variants].map(
      ([value, projection]) => `case ${JSON.stringify(value)}: return ${this.functionFor(projection)}(v, out, p)`,
    )
    return `switch (v[${JSON.stringify(tag)}]) {\n${cases.join('\n')}\n}\nthrow new TypeError('no variant')`
  }

  #constant(value: unknown): string {
    const at = this.constants.indexOf(value)
    return `k[${at === -1 ? this.constants.push(value) - 1 : at}]`
  }
}

/** What `x` is if all is as declared, written without a call that asks again. */
const likely: Record<ScalarType, string> = {
  string: `if (typeof x === 'string') { p = text(x, out, p); b = out.bytes }`,
  number: `if (typeof x === 'number') p = digits(x, b, p)\n`,
  boolean: `if (typeof x === 'boolean') p = bool(x, b, p)\n`,
}

function targetOf(projection: Projection): Projection {
  let target = projection
  while (target.shape.kind === 'deferred') target = target.shape.target
  return target
}

/** As an object has them: whole numbers first. */
function inOrder(names: readonly string[]): string[] {
  return Object.keys(Object.fromEntries(names.map((name) => [name, true])))
}

/** Names of `value` that are not declared and may be sent. */
function otherKeys(value: object, declared: ReadonlySet<string>): string[] {
  return Object.keys(value).filter((name) => !declared.has(name) && name !== '__proto__' && name !== 'toJSON')
}
