/**
 * HeaderList: the fields of an answer (or of an outgoing request), in order.
 *
 * One flat array `[name, value, name, value, …]` with lower-case names: cheap to make, cheap to walk, and the shape in
 * which engines write it. Values are checked on the way in, so that nothing in a list can split an answer.
 *
 * The commonest list that is not the same for all answers has one field of its own, such as a request id, before those of
 * a list that is shared. It stays in these two parts until somebody asks for the array.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'

/** RFC 9110 section 5.6.2: token. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
/** RFC 9110 section 5.5: visible characters, spaces and tabs inside, obs-text; never CR, LF or NUL. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

export class HeaderList {
  #pairs: string[] | undefined
  /** While there is no array: what comes first, if anything does. */
  #ownName: string | undefined
  #ownValue = ''
  /** While there is no array: what comes behind. */
  #shared: HeaderList | undefined
  /** For an engine, to keep what it has made of the list for the next time; every change empties it. */
  encoded: object | undefined

  static from(entries: Iterable<readonly [string, string]>): HeaderList {
    const list = new HeaderList()
    for (const [name, value] of entries) list.append(name, value)
    return list
  }

  /** Takes `[name, value, …]` as a wire has read it: names lower-case, names and values checked there. */
  static received(pairs: readonly string[]): HeaderList {
    const list = new HeaderList()
    for (const text of pairs) list.pairs.push(text)
    return list
  }

  /** Flat `[name, value, …]`; read-only for everybody but this class. */
  get pairs(): string[] {
    this.#pairs ??= this.#joined()
    return this.#pairs
  }

  get isEmpty(): boolean {
    return this.#pairs === undefined ? this.#ownName === undefined : this.#pairs.length === 0
  }

  /** What comes behind the one field of its own, in a list that is known to be made like that. */
  get shared(): HeaderList | undefined {
    return this.#pairs === undefined ? this.#shared : undefined
  }
  /** The field before `shared`. */
  get ownName(): string {
    return this.#ownName ?? ''
  }
  get ownValue(): string {
    return this.#ownValue
  }

  get(name: string): string | undefined {
    if (this.#pairs === undefined) return name === this.#ownName ? this.#ownValue : this.#shared?.get(name)
    const { pairs } = this
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1]
    return undefined
  }

  getAll(name: string): string[] {
    const { pairs } = this
    const values: string[] = []
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) values.push(pairs[i + 1] as string)
    return values
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** Replaces all fields of the name by one. @throws ServiceError `BAD_HEADER` if name or value cannot be sent. */
  set(name: string, value: string): this {
    if (this.pairs.length === 0) return this.append(name, value)
    this.encoded = undefined
    const at = this.pairs.indexOf(name)
    if (at === -1 || at % 2 === 1) this.delete(name)
    else if (this.pairs.indexOf(name, at + 2) === -1) {
      checkValue(name, value)
      this.pairs[at + 1] = value
      return this
    } else this.delete(name)
    return this.append(name, value)
  }

  /** Adds a field beside those of the same name. @throws ServiceError `BAD_HEADER` if name or value cannot be sent. */
  append(name: string, value: string): this {
    const lowerName = knownNames.has(name) ? name : lowerToken(name)
    checkValue(lowerName, value)
    this.pairs.push(lowerName, value)
    this.encoded = undefined
    return this
  }

  /** As `append`, for a field that has passed its check before: the caller keeps it. */
  appendChecked(name: string, value: string): void {
    if (this.#pairs === undefined && this.#ownName === undefined && name !== '') {
      this.#ownName = name
      this.#ownValue = value
    } else {
      this.pairs.push(name, value)
    }
    this.encoded = undefined
  }

  /** Adds all fields of `shared`, which nobody changes any more. */
  appendShared(shared: HeaderList): void {
    if (this.#pairs === undefined && this.#ownName !== undefined && this.#shared === undefined) this.#shared = shared
    else this.pairs.push(...shared.pairs)
    this.encoded = undefined
  }

  delete(name: string): void {
    const { pairs } = this
    this.encoded = undefined
    for (let i = pairs.length - 2; i >= 0; i -= 2) if (pairs[i] === name) pairs.splice(i, 2)
  }

  clear(): void {
    this.#pairs = []
    this.encoded = undefined
  }

  #joined(): string[] {
    if (this.#ownName === undefined) return []
    return [this.#ownName, this.#ownValue, ...(this.#shared?.pairs ?? [])]
  }
}

/** Lower-case names that have passed: a service writes a few, again and again. Bounded, should a proxy pass on any. */
const knownNames = new Set<string>()
const maxKnownNames = 256

function lowerToken(name: string): string {
  const lower = name.toLowerCase()
  if (!token.test(lower)) {
    throw new ServiceError('BAD_HEADER', `A header name of ${name.length} characters is not a token (RFC 9110 5.6.2).`)
  }
  if (knownNames.size < maxKnownNames) knownNames.add(lower)
  return lower
}

function checkValue(name: string, value: string): void {
  if (isPlain(value) || fieldValue.test(value)) return
  throw new ServiceError(
    'BAD_HEADER',
    `The value for header '${name}' (${value.length} characters) holds a control character or one beyond Latin-1; encode it.`,
  )
}

/** Whether a short value is plain ASCII, which a loop says sooner than an expression. */
function isPlain(value: string): boolean {
  if (value.length > 40) return false
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x20 || code > 0x7e) return false
  }
  return true
}
