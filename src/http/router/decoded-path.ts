/**
 * DecodedPath: a path as the tree matches it, when that differs from its bytes as sent.
 *
 *   sent     / c a f % C 3 % A 9 / a % 2 F b
 *   bytes    / c a f   C3    A9  / a   FF  b       FF: a slash that is text, not a separator
 *   origins  0 1 2 3   4     7  10 11  12 15 18    where each byte came from, and where the path ends
 *
 * FF occurs in no UTF-8, so a pattern can ask for an encoded slash and nothing else can pass for one. Values are read from
 * the bytes as sent, through `origins`. Most paths hold no escape and never come here; one object serves them all.
 */
import { isUtf8 } from 'node:buffer'
import type { RouteMatch } from './route-match.ts'

const slash = 0x2f
const percent = 0x25
export const encodedSlash = 0xff

export interface DecodeOptions {
  /** Escapes stay as they are. */
  raw: boolean
  encodedSlash: 'text' | 'separator'
  removeExtraSlash: boolean
}

export class DecodedPath {
  bytes: Uint8Array = new Uint8Array(256)
  /** One longer than `bytes`: the last one in use is the end of the path as sent. */
  origins: Int32Array = new Int32Array(257)
  length = 0

  /** Reads bytes [start, end) of `head`; says what is wrong with them, if anything is. */
  decode(
    head: Uint8Array,
    start: number,
    end: number,
    { raw, encodedSlash, removeExtraSlash }: DecodeOptions,
  ): string | undefined {
    this.#makeRoom(end - start)
    this.length = 0
    let escapes = 0
    for (let at = start; at < end; ) {
      let byte = head[at] as number
      let width = 1
      if (byte === percent && !raw) {
        byte = at + 2 < end ? (hexDigit(head[at + 1]) << 4) | hexDigit(head[at + 2]) : -1
        if (byte < 0) return 'a percent sign is not followed by two hex digits'
        width = 3
        escapes++
      }
      this.bytes[this.length] = byte
      this.origins[this.length++] = at
      at += width
    }
    this.origins[this.length] = end
    if (escapes > 0 && !isUtf8(this.bytes.subarray(0, this.length))) return 'its escapes are no valid UTF-8'
    if (escapes > 0 && encodedSlash === 'text') this.#markEncodedSlashes(head)
    if (removeExtraSlash) this.#joinSlashes()
    return undefined
  }

  /** Turns the places in `bytes` that a match holds into places in the path as sent. */
  toSent(match: RouteMatch): void {
    const { offsets } = match
    for (let i = 0; i < 2 * match.count; i++) offsets[i] = this.origins[offsets[i] as number] as number
  }

  #markEncodedSlashes(head: Uint8Array): void {
    for (let i = 0; i < this.length; i++) {
      if (this.bytes[i] === slash && head[this.origins[i] as number] === percent) this.bytes[i] = encodedSlash
    }
  }

  #joinSlashes(): void {
    let to = 0
    for (let from = 0; from < this.length; from++) {
      if (to > 0 && this.bytes[from] === slash && this.bytes[to - 1] === slash) continue
      this.bytes[to] = this.bytes[from] as number
      this.origins[to++] = this.origins[from] as number
    }
    this.origins[to] = this.origins[this.length] as number
    this.length = to
  }

  #makeRoom(length: number): void {
    // One byte more than the path, for a slash at its end.
    if (this.bytes.length > length) return
    this.bytes = new Uint8Array(2 * length)
    this.origins = new Int32Array(2 * length + 1)
  }
}

/** −1 for what is none, so that or-ing digits stays negative. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
