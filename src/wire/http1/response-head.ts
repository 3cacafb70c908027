/**
 * ResponseHead: the status line and its fields, scanned as strictly as a request's (RFC 9112 section 4).
 *
 *   HTTP/1.1 200 OK␍␊        version ─▶ status ─▶ reason, which is skipped
 *   Content-Length: 5␍␊      fields
 *   ␍␊
 */
import { FieldSection, type Scan, scanDone, scanMore, scanRefused, scanStep } from './field-section.ts'
import { FramingFields } from './framing-fields.ts'
import { CR, fieldByte, HASH, isDigit, LF, SP } from './octets.ts'
import { type Refusal, refusals } from './refusal.ts'

export interface ResponseHeadLimits {
  readonly maxHeadBytes: number
  readonly maxHeaders: number
}

/** `#` stands for a digit. */
const linePattern = 'HTTP/1.# ###'
const minorAt = 7
const firstStatusAt = 9

export class ResponseHead {
  readonly fields: FieldSection
  readonly framing: FramingFields = new FramingFields()
  refusal: Refusal | undefined
  minorVersion = 1
  status = 0
  /** First byte of the status line. */
  start = 0
  readonly #limits: ResponseHeadLimits
  #position = 0
  #state: 'start' | 'reason' | 'line-feed' | 'fields' = 'start'

  constructor(limits: ResponseHeadLimits) {
    this.#limits = limits
    this.fields = new FieldSection(limits.maxHeaders)
  }

  /** Forgets everything and begins a response at `position`. */
  reset(position: number): void {
    this.start = position
    this.#position = position
    this.#state = 'start'
    this.status = 0
    this.refusal = undefined
    this.framing.reset()
  }

  /** First byte behind the head, after `scanDone`. */
  get end(): number {
    return this.fields.position
  }

  /** The bytes were moved by `delta`; all offsets follow. */
  shift(delta: number): void {
    this.start += delta
    this.#position += delta
    this.fields.shift(delta)
  }

  /** Scans up to `available`: `scanMore`, `scanDone`, or `scanRefused` with the `refusal`. */
  scan(bytes: Uint8Array, available: number): Scan {
    const limit = this.start + this.#limits.maxHeadBytes
    const end = Math.min(available, limit)
    const outcome = this.#state === 'fields' ? this.#scanFields(bytes, end) : this.#scanLine(bytes, end)
    return outcome === scanMore && end === limit ? this.#refuse(refusals.headTooLarge) : outcome
  }

  #scanLine(bytes: Uint8Array, end: number): Scan {
    for (; this.#position < end; this.#position++) {
      const byte = bytes[this.#position] as number
      if (this.#state === 'line-feed') {
        if (byte !== LF) return this.#refuse(refusals.statusLine)
        this.fields.reset(this.#position + 1)
        this.#state = 'fields'
        return this.#scanFields(bytes, end)
      }
      const isGood = this.#state === 'reason' ? this.#stepReason(byte) : this.#stepStart(byte)
      if (!isGood) return this.#refuse(refusals.statusLine)
    }
    return scanMore
  }

  #stepStart(byte: number): boolean {
    const at = this.#position - this.start
    if (at === linePattern.length) {
      // Servers without a reason may leave out the space before it.
      this.#state = byte === CR ? 'line-feed' : 'reason'
      return (byte === SP || byte === CR) && this.status >= 100
    }
    const wanted = linePattern.charCodeAt(at)
    if (wanted === HASH ? !isDigit(byte) : byte !== wanted) return false
    if (at === minorAt) this.minorVersion = byte === 0x30 ? 0 : 1
    if (at >= firstStatusAt) this.status = this.status * 10 + byte - 0x30
    return true
  }

  #stepReason(byte: number): boolean {
    if (byte === CR) this.#state = 'line-feed'
    return byte === CR || fieldByte[byte] !== 0
  }

  #scanFields(bytes: Uint8Array, end: number): Scan {
    const { fields } = this
    while (true) {
      const outcome = fields.next(bytes, end)
      if (outcome === scanMore) return scanMore
      if (outcome === scanRefused) return this.#refuse(fields.refusal as Refusal)
      const refusal =
        outcome === scanStep
          ? this.framing.take(bytes, fields, fields.count - 1)
          : this.framing.judge(this.minorVersion)
      if (refusal !== undefined) return this.#refuse(refusal)
      if (outcome === scanDone) return scanDone
    }
  }

  #refuse(refusal: Refusal): Scan {
    this.refusal = refusal
    return scanRefused
  }
}
