/**
 * A walk over JSON text in UTF-8 that builds nothing: it finds the first thing that is wrong, and where.
 *
 *        ┌──────────── ',' ────────────┐
 *   value ─▶ after a value ─▶ ']' '}' ─┴▶ after a value … ─▶ end
 *     └ '{' ─▶ name ─▶ ':' ─▶ value
 *     └ '[' ─▶ value
 *
 * Iterative, so that no depth can exhaust the stack.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { JsonLimits } from '../json.ts'

/** What may come next: small numbers, because every token asks. */
const value = 0
const valueOrEnd = 1
const name = 2
const nameOrEnd = 3
const colon = 4
const commaOrEnd = 5
type Expected = typeof value | typeof valueOrEnd | typeof name | typeof nameOrEnd | typeof colon | typeof commaOrEnd

/** An array or object that is open. */
interface Frame {
  isObject: boolean
  /** Its own name in the object around it was `constructor`. */
  isConstructor: boolean
  nameCount: number
  names: Set<string> | undefined
  /** The name whose value is being read is `constructor`. */
  atConstructor: boolean
}

const quote = 0x22
const backslash = 0x5c

const utf8 = new TextDecoder('utf-8')

/** @throws ServiceError as `parseJson`, for the first byte that is not sound. */
export function scanJson(bytes: Uint8Array, limits: JsonLimits): void {
  new JsonScan(bytes, limits).run()
}

class JsonScan {
  readonly #bytes: Uint8Array
  readonly #limits: JsonLimits
  readonly #frames: Frame[] = []
  #depth = 0
  #at = 0

  constructor(bytes: Uint8Array, limits: JsonLimits) {
    this.#bytes = bytes
    this.#limits = limits
  }

  run(): void {
    this.#skipByteOrderMark()
    let expected: Expected = value
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) break
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) this.#at++
      else expected = this.#step(expected, byte)
    }
    if (expected !== commaOrEnd || this.#depth > 0) throw this.#broken('the text ends too early')
  }

  #step(expected: Expected, byte: number): Expected {
    switch (expected) {
      case value:
        return this.#value(byte)
      case valueOrEnd:
        return byte === 0x5d ? this.#close() : this.#value(byte)
      case name:
        return this.#name(byte)
      case nameOrEnd:
        return byte === 0x7d ? this.#close() : this.#name(byte)
      case colon:
        return this.#colon(byte)
      case commaOrEnd:
        return this.#commaOrEnd(byte)
    }
  }

  #value(byte: number): Expected {
    if (byte === 0x7b) return this.#open(true)
    if (byte === 0x5b) return this.#open(false)
    if (byte === quote) this.#string()
    else if (byte === 0x2d || isDigit(byte)) this.#number()
    else this.#literal(byte)
    return commaOrEnd
  }

  #colon(byte: number): Expected {
    if (byte !== 0x3a) throw this.#broken("':' is missing after a name")
    this.#at++
    return value
  }

  #commaOrEnd(byte: number): Expected {
    if (this.#depth === 0) throw this.#broken('nothing may follow the value')
    const { isObject } = this.#frame()
    if (byte === (isObject ? 0x7d : 0x5d)) return this.#close()
    if (byte !== 0x2c) throw this.#broken(`',' or '${isObject ? '}' : ']'}' is missing`)
    this.#at++
    return isObject ? name : value
  }

  #open(isObject: boolean): Expected {
    const { maxDepth } = this.#limits
    if (this.#depth === maxDepth) {
      throw this.#refusalError('JSON_TOO_DEEP', `arrays and objects may be ${maxDepth} deep`)
    }
    const isConstructor = isObject && this.#depth > 0 && this.#frame().isObject && this.#frame().atConstructor
    const frame = this.#frames[this.#depth]
    if (frame === undefined) {
      this.#frames.push({ isObject, isConstructor, nameCount: 0, names: undefined, atConstructor: false })
    } else {
      frame.isObject = isObject
      frame.isConstructor = isConstructor
      frame.nameCount = 0
      frame.names = undefined
      frame.atConstructor = false
    }
    this.#depth++
    this.#at++
    return isObject ? nameOrEnd : valueOrEnd
  }

  #close(): Expected {
    this.#depth--
    this.#at++
    return commaOrEnd
  }

  #name(byte: number): Expected {
    if (byte !== quote) throw this.#broken('a name in double quotes is missing')
    const { maxNames, duplicateNames } = this.#limits
    const frame = this.#frame()
    const start = this.#at
    if (++frame.nameCount > maxNames) {
      throw this.#refusalError('JSON_TOO_MANY_NAMES', `an object may hold ${maxNames} names`)
    }
    const hasEscape = this.#string()
    const length = this.#at - start - 2
    frame.atConstructor = false
    // '__proto__' and 'prototype' have 9 bytes, 'constructor' has 11; an escaped name may be any.
    if (hasEscape || length === 9 || length === 11) this.#checkDanger(frame, start)
    if (duplicateNames === 'refuse') this.#checkDuplicate(frame, start)
    return colon
  }

  #checkDanger(frame: Frame, start: number): void {
    const text = this.#text(start)
    if (text === '__proto__' || (text === 'prototype' && frame.isConstructor)) {
      throw this.#refusalError('JSON_DANGEROUS_NAME', `the name '${text}' is not accepted`, start)
    }
    frame.atConstructor = text === 'constructor'
  }

  #checkDuplicate(frame: Frame, start: number): void {
    frame.names ??= new Set()
    const sizeBefore = frame.names.size
    frame.names.add(this.#text(start))
    if (frame.names.size === sizeBefore) {
      throw this.#refusalError('JSON_DUPLICATE_NAME', 'a name stands twice in one object', start)
    }
  }

  /** The string that begins at `start` and ended just before here. */
  #text(start: number): string {
    return JSON.parse(utf8.decode(this.#bytes.subarray(start, this.#at)))
  }

  /** Passes the string that begins here; true if it holds an escape. */
  #string(): boolean {
    const bytes = this.#bytes
    let hasEscape = false
    let at = this.#at + 1
    for (;;) {
      let byte = bytes[at]
      while (byte !== undefined && byte >= 0x20 && byte !== quote && byte !== backslash) byte = bytes[++at]
      if (byte === quote) break
      this.#at = at
      if (byte === undefined) throw this.#broken('a string is not closed')
      if (byte !== backslash) throw this.#broken('a control character in a string must be escaped')
      hasEscape = true
      at = this.#escape(at)
    }
    this.#at = at + 1
    return hasEscape
  }

  /** Passes the escape at `at`: `\n` and its like, or `\u` with four digits. */
  #escape(at: number): number {
    const kind = this.#bytes[at + 1]
    if (kind !== undefined && '"\\/bfnrt'.includes(String.fromCharCode(kind))) return at + 2
    if (kind === 0x75) {
      let end = at + 2
      while (end < at + 6 && isHexDigit(this.#bytes[end])) end++
      if (end === at + 6) return end
    }
    throw this.#broken('an escape in a string is unknown')
  }

  /** `-? (0 | 1–9 digits) (. digits)? (e sign? digits)?` */
  #number(): void {
    const bytes = this.#bytes
    let at = this.#at
    if (bytes[at] === 0x2d) at++
    at = bytes[at] === 0x30 ? at + 1 : this.#digits(at)
    if (bytes[at] === 0x2e) at = this.#digits(at + 1)
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      const sign = bytes[at + 1]
      at = this.#digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1)
    }
    this.#at = at
  }

  /** Passes one digit or more. */
  #digits(from: number): number {
    const bytes = this.#bytes
    let at = from
    while (at < bytes.length && isDigit(bytes[at] as number)) at++
    if (at > from) return at
    this.#at = at
    throw this.#broken('a digit is missing')
  }

  #literal(byte: number): void {
    const word = byte === 0x74 ? 'true' : byte === 0x66 ? 'false' : 'null'
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) throw this.#broken('a value is missing or unknown')
    }
    this.#at += word.length
  }

  #skipByteOrderMark(): void {
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) this.#at = 3
  }

  #frame(): Frame {
    return this.#frames[this.#depth - 1] as Frame
  }

  #broken(why: string): ServiceError {
    return this.#refusalError('BAD_JSON', why)
  }

  #refusalError(code: string, why: string, offset = this.#at): ServiceError {
    return new ServiceError(code, `The JSON cannot be accepted at byte ${offset}: ${why}.`, {
      status: 400,
      details: { offset },
    })
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}
