/**
 * RequestHead: the request line and its fields, scanned in one pass (RFC 9112 sections 2 to 6).
 *
 *   ␍␊                                  empty lines before a request are skipped
 *   GET /path?query HTTP/1.1␍␊          method ─▶ target ─▶ version
 *   Host: example.com␍␊                 fields; those that frame the message are judged as they come
 *   ␍␊                                  the whole is judged
 *
 * Most heads arrive whole and break no rule: they are scanned in one go, with nothing kept in between. Any other is scanned
 * step by step, in whatever pieces it comes: it stops where they stop and goes on from there, looks at no byte twice, and
 * comes to the same result however the request was split. What it refuses it refuses at the first byte that shows it.
 * One object serves many requests, one after the other (`reset`).
 */
import type { WireLimits } from '../limits.ts'
import { type FieldJudge, FieldSection, type Scan, scanDone, scanMore, scanRefused, scanStep } from './field-section.ts'
import { FramingFields } from './framing-fields.ts'
import type { ConnectionOptions } from './list-values.ts'
import { maxMethodBytes, methodBefore, methodFrom } from './method.ts'
import { CR, HASH, isDigit, LF, lowerToken, QUESTION, SLASH, SP, targetByte, tokenIs } from './octets.ts'
import { type Refusal, refusals } from './refusal.ts'
import { isHostAndPort, targetFrom } from './target.ts'

export type HeadLimits = Pick<WireLimits, 'maxHeadBytes' | 'maxHeaders' | 'maxTargetBytes'>

const beforeLine = 0
const inMethod = 1
const inTarget = 2
const inVersion = 3
const inFields = 4

/** RFC 9112 section 2.2 asks to ignore at least one; more than a few are no accident. */
const maxEmptyLineBytes = 8
/** `#` stands for a digit. */
const versionPattern = 'HTTP/#.#\r\n'
const majorAt = 5
const minorAt = 7
const zero = 0x30
const one = 0x31
/** HTTP/0.9, HTTP/2 and HTTP/3. */
const existingMajors: readonly number[] = [zero, 0x32, 0x33]
export class RequestHead implements FieldJudge {
  readonly fields: FieldSection
  refusal: Refusal | undefined
  method = ''
  /** 0 or 1, of HTTP/1.x. */
  minorVersion = 1
  /** First byte of the request line. */
  start = 0

  /** What the path and query offsets point into, if not the scanned bytes. */
  targetBytes: Uint8Array | undefined
  pathStart = 0
  pathEnd = 0
  queryStart = 0
  queryEnd = 0
  /** Host of an absolute-form target; it overrules the Host field. */
  targetAuthority: string | undefined
  /** Index of the Host field, or -1. */
  hostIndex = -1

  expectsContinue = false
  /** An expectation other than 100-continue. */
  hasUnknownExpectation = false

  readonly #limits: HeadLimits
  readonly #framing: FramingFields = new FramingFields()
  #state = beforeLine
  #position = 0
  #emptyLineBytes = 0
  #versionBytes = 0
  #majorVersion = 0

  constructor(limits: HeadLimits) {
    this.#limits = limits
    this.fields = new FieldSection(limits.maxHeaders)
  }

  /** Forgets everything and begins a request at `position`. */
  reset(position: number): void {
    this.#state = beforeLine
    this.#position = position
    this.#emptyLineBytes = 0
    this.#versionBytes = 0
    this.start = position
    this.refusal = undefined
    this.targetBytes = undefined
    this.targetAuthority = undefined
    this.hostIndex = -1
    this.#framing.reset()
    this.expectsContinue = false
    this.hasUnknownExpectation = false
  }

  /** Whether a request has begun: empty lines are none. */
  get hasBegun(): boolean {
    return this.#state !== beforeLine
  }

  /** First byte behind the head, after `scanDone`. */
  get end(): number {
    return this.fields.position
  }

  /** Announced length of the body; 0 without a body and for a chunked one. */
  get contentLength(): number {
    return this.#framing.contentLength ?? 0
  }

  get isChunked(): boolean {
    return this.#framing.isChunked
  }

  /** What the `Connection` fields ask for. */
  get connection(): Readonly<ConnectionOptions> {
    return this.#framing.connection
  }

  /** Whether the client wants to send more requests. */
  get keepsAlive(): boolean {
    return this.#framing.keepsAlive(this.minorVersion)
  }

  /** The bytes were moved by `delta`; all offsets follow. */
  shift(delta: number): void {
    this.start += delta
    this.#position += delta
    this.fields.shift(delta)
    if (this.targetBytes !== undefined) return
    this.pathStart += delta
    this.pathEnd += delta
    if (this.queryStart !== 0) this.queryStart += delta
    this.queryEnd += delta
  }

  /** Scans up to `available`: `scanMore`, `scanDone`, or `scanRefused` with the `refusal`. */
  scan(bytes: Uint8Array, available: number): Scan {
    if (this.#state === beforeLine) {
      if (this.#emptyLineBytes === 0 && this.#scanWhole(bytes, available)) return scanDone
      const skipped = this.#skipEmptyLines(bytes, available)
      if (skipped !== scanStep) return skipped
    }
    const limit = this.start + this.#limits.maxHeadBytes
    const end = available < limit ? available : limit
    const outcome = this.#state === inFields ? this.#scanFields(bytes, end) : this.#scanLine(bytes, end)
    return outcome === scanMore && end === limit ? this.#refuse(refusals.headTooLarge) : outcome
  }

  /** The whole head in one go; false, and nothing has changed, if it is not all there or anything about it is unusual. */
  #scanWhole(bytes: Uint8Array, available: number): boolean {
    const { start } = this
    const end = Math.min(available, start + this.#limits.maxHeadBytes)
    const method = methodBefore(bytes, start, end)
    if (method === undefined) return false
    const pathStart = start + method.length + 1
    if (bytes[pathStart] !== SLASH) return false
    let i = pathStart + 1
    let queryStart = 0
    for (; i < end && targetByte[bytes[i] as number] !== 0; i++) {
      if (bytes[i] === QUESTION && queryStart === 0) queryStart = i + 1
    }
    if (i + 10 >= end || i - pathStart > this.#limits.maxTargetBytes || !isVersion1(bytes, i)) return false
    this.minorVersion = bytes[i + 8] === zero ? 0 : 1
    this.fields.reset(i + 11)
    if (!this.fields.scanWhole(bytes, i + 11, end, this) || this.#judgeWhole() !== undefined) {
      this.reset(start)
      return false
    }
    this.method = method
    this.pathStart = pathStart
    this.pathEnd = queryStart === 0 ? i : queryStart - 1
    this.queryStart = queryStart === 0 ? i : queryStart
    this.queryEnd = i
    this.#state = inFields
    return true
  }

  #skipEmptyLines(bytes: Uint8Array, end: number): Scan {
    for (; this.#position < end; this.#position++, this.start++) {
      const isHalfLine = this.#emptyLineBytes % 2 === 1
      const byte = bytes[this.#position]
      if (!isHalfLine && byte !== CR && byte !== LF) {
        this.#state = inMethod
        return scanStep
      }
      if (byte !== (isHalfLine ? LF : CR) || this.#emptyLineBytes === maxEmptyLineBytes) {
        return this.#refuse(refusals.requestLine)
      }
      this.#emptyLineBytes++
    }
    return scanMore
  }

  #scanLine(bytes: Uint8Array, end: number): Scan {
    if (this.#state === inMethod) {
      const outcome = this.#scanMethod(bytes, end)
      if (outcome !== scanStep) return outcome
    }
    if (this.#state === inTarget) {
      const outcome = this.#scanTarget(bytes, end)
      if (outcome !== scanStep) return outcome
    }
    const outcome = this.#scanVersion(bytes, end)
    return outcome === scanStep ? this.#scanFields(bytes, end) : outcome
  }

  #scanMethod(bytes: Uint8Array, end: number): Scan {
    const { start } = this
    const last = Math.min(end, start + maxMethodBytes + 1)
    let i = this.#position
    while (i < last && lowerToken[bytes[i] as number] !== 0) i++
    this.#position = i
    if (i - start > maxMethodBytes) return this.#refuse(refusals.method)
    if (i === end) return scanMore
    if (bytes[i] !== SP || i === start) return this.#refuse(refusals.requestLine)
    const method = methodFrom(bytes, start, i)
    if (method === undefined) return this.#refuse(refusals.foreignMethod)
    this.method = method
    this.#position = i + 1
    this.pathStart = i + 1
    this.queryStart = 0
    this.#state = inTarget
    return scanStep
  }

  #scanTarget(bytes: Uint8Array, end: number): Scan {
    const start = this.pathStart
    const limit = start + this.#limits.maxTargetBytes
    const last = Math.min(end, limit + 1)
    let i = this.#position
    for (; i < last && targetByte[bytes[i] as number] !== 0; i++) {
      if (bytes[i] === QUESTION && this.queryStart === 0) this.queryStart = i + 1
    }
    this.#position = i
    if (i > limit) return this.#refuse(refusals.targetTooLong)
    if (i === end) return scanMore
    if (bytes[i] !== SP || i === start) return this.#refuse(refusals.target)
    this.#position = i + 1
    this.#state = inVersion
    return this.#takeTarget(bytes, start, i)
  }

  #takeTarget(bytes: Uint8Array, start: number, end: number): Scan {
    if (bytes[start] === SLASH && this.method !== 'CONNECT') {
      this.queryEnd = end
      this.pathEnd = this.queryStart === 0 ? end : this.queryStart - 1
      if (this.queryStart === 0) this.queryStart = end
      return scanStep
    }
    const target = targetFrom(this.method, bytes, start, end)
    if (target === undefined) return this.#refuse(refusals.target)
    this.pathStart = target.pathStart
    this.pathEnd = target.pathEnd
    this.queryStart = target.queryStart
    this.queryEnd = target.queryEnd
    this.targetAuthority = target.authority
    if (target.bytes !== bytes) this.targetBytes = target.bytes
    return scanStep
  }

  #scanVersion(bytes: Uint8Array, end: number): Scan {
    for (; this.#position < end; this.#position++) {
      const byte = bytes[this.#position] as number
      const at = this.#versionBytes++
      const wanted = versionPattern.charCodeAt(at)
      if (wanted === HASH ? !isDigit(byte) : byte !== wanted) return this.#refuse(refusals.requestLine)
      if (at === majorAt) this.#majorVersion = byte
      else if (at === minorAt) {
        if (this.#majorVersion !== one) return this.#refuse(otherVersion(this.#majorVersion))
        // A minor version beyond ours is read as ours (RFC 9110 section 2.5).
        this.minorVersion = byte === zero ? 0 : 1
      } else if (at === versionPattern.length - 1) {
        this.fields.reset(this.#position + 1)
        this.#state = inFields
        return scanStep
      }
    }
    return scanMore
  }

  #scanFields(bytes: Uint8Array, end: number): Scan {
    const { fields } = this
    while (true) {
      const outcome = fields.next(bytes, end)
      if (outcome === scanDone) return this.#finish()
      if (outcome === scanRefused) return this.#refuse(fields.refusal as Refusal)
      if (outcome === scanMore) return scanMore
      const refusal = this.judgeField(bytes, fields.count - 1)
      if (refusal !== undefined) return this.#refuse(refusal)
    }
  }

  judgeField(bytes: Uint8Array, index: number): Refusal | undefined {
    const { fields } = this
    const start = fields.nameStart(index)
    const end = fields.nameEnd(index)
    if (end - start > 6) return this.#framing.take(bytes, fields, index)
    if (tokenIs(bytes, start, end, 'host')) return this.#takeHost(bytes, index)
    if (tokenIs(bytes, start, end, 'expect')) this.#takeExpectation(bytes, index)
    return undefined
  }

  #takeHost(bytes: Uint8Array, index: number): Refusal | undefined {
    if (this.hostIndex !== -1) return refusals.host
    this.hostIndex = index
    const { fields } = this
    return isHostAndPort(bytes, fields.valueStart(index), fields.valueEnd(index)) ? undefined : refusals.host
  }

  #takeExpectation(bytes: Uint8Array, index: number): void {
    if (this.fields.value(bytes, index).toLowerCase() === '100-continue') this.expectsContinue = true
    else this.hasUnknownExpectation = true
  }

  /** What only the whole head shows. */
  #finish(): Scan {
    const refusal = this.#judgeWhole()
    return refusal === undefined ? scanDone : this.#refuse(refusal)
  }

  #judgeWhole(): Refusal | undefined {
    if (this.hostIndex === -1 && this.minorVersion === 1) return refusals.host
    return this.#framing.judge(this.minorVersion)
  }

  #refuse(refusal: Refusal): Scan {
    this.refusal = refusal
    return scanRefused
  }
}

/** Whether [at, at + 11) is ` HTTP/1.0` or ` HTTP/1.1` with its CRLF. */
function isVersion1(bytes: Uint8Array, at: number): boolean {
  const minor = bytes[at + 8]
  return (
    bytes[at] === SP &&
    bytes[at + 1] === 0x48 &&
    bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x54 &&
    bytes[at + 4] === 0x50 &&
    bytes[at + 5] === SLASH &&
    bytes[at + 6] === one &&
    bytes[at + 7] === 0x2e &&
    (minor === one || minor === zero) &&
    bytes[at + 9] === CR &&
    bytes[at + 10] === LF
  )
}

/** 505 is for versions that exist (RFC 9110 section 15.6.6); anything else is no HTTP at all. */
function otherVersion(major: number): Refusal {
  return existingMajors.includes(major) ? refusals.version : refusals.requestLine
}
