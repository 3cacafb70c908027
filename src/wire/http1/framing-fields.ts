/**
 * FramingFields: what the fields of a message say about its body and its connection, gathered as they are scanned.
 *
 * Anything that two readers might frame differently is refused: that is what request smuggling is made of.
 */
import type { FieldSection } from './field-section.ts'
import {
  type ConnectionOptions,
  decimal,
  readConnectionOptions,
  readTransferCodings,
  type TransferCodings,
} from './list-values.ts'
import { tokenIs } from './octets.ts'
import { type Refusal, refusals } from './refusal.ts'

export class FramingFields {
  readonly connection: ConnectionOptions = { close: false, keepAlive: false, upgrade: false }
  /** Undefined if there was none. */
  contentLength: number | undefined
  readonly #codings: TransferCodings = { fields: 0, chunked: 0, others: 0, endsWithChunked: false }

  reset(): void {
    const { connection } = this
    connection.close = connection.keepAlive = connection.upgrade = false
    this.contentLength = undefined
    const codings = this.#codings
    codings.fields = codings.chunked = codings.others = 0
    codings.endsWithChunked = false
  }

  get isChunked(): boolean {
    return this.#codings.fields > 0
  }

  /** Looks at a field; the few that matter are told by their length before their name is compared. */
  take(bytes: Uint8Array, fields: FieldSection, index: number): Refusal | undefined {
    const start = fields.nameStart(index)
    const end = fields.nameEnd(index)
    switch (end - start) {
      case 10:
        if (!tokenIs(bytes, start, end, 'connection')) return undefined
        readConnectionOptions(bytes, fields.valueStart(index), fields.valueEnd(index), this.connection)
        return undefined
      case 14:
        return tokenIs(bytes, start, end, 'content-length') ? this.#takeLength(bytes, fields, index) : undefined
      case 17:
        if (!tokenIs(bytes, start, end, 'transfer-encoding')) return undefined
        readTransferCodings(bytes, fields.valueStart(index), fields.valueEnd(index), this.#codings)
        return undefined
      default:
        return undefined
    }
  }

  /** Even equal repetitions are refused: RFC 9110 section 8.6 allows it, and nobody honest sends them. */
  #takeLength(bytes: Uint8Array, fields: FieldSection, index: number): Refusal | undefined {
    const length = decimal(bytes, fields.valueStart(index), fields.valueEnd(index))
    if (this.contentLength !== undefined || Number.isNaN(length)) return refusals.contentLength
    if (length === Number.POSITIVE_INFINITY) return refusals.contentLengthTooLarge
    this.contentLength = length
    return undefined
  }

  /** The judgement on all of them together, at the end of the head (RFC 9112 sections 6.1 and 6.3). */
  judge(minorVersion: number): Refusal | undefined {
    const { fields, chunked, others, endsWithChunked } = this.#codings
    if (fields === 0) return undefined
    if (this.contentLength !== undefined || minorVersion === 0) return refusals.framing
    if (!endsWithChunked || chunked > 1) return refusals.framing
    return others > 0 ? refusals.transferCoding : undefined
  }

  /** Whether the connection stays open behind this message, as far as its sender is concerned (RFC 9112 section 9.3). */
  keepsAlive(minorVersion: number): boolean {
    return !this.connection.close && (minorVersion === 1 || this.connection.keepAlive)
  }
}
