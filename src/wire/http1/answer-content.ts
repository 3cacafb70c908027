/**
 * The end of a head whose length is still to come, and the body behind it.
 *
 *   … content-length: │ digits │ ending ␍␊␍␊ │ body
 *                     └ guessed ──────────────┴ written first, then the digits; moved if they are more or fewer
 */
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { BodyWriter } from '../exchange.ts'
import { maxInlineBytes } from './message-writer.ts'

/** What stands behind the digits. */
export const endings: Readonly<Record<'plain' | 'close' | 'keepAlive', Uint8Array>> = {
  plain: bytesOf('\r\n\r\n'),
  close: bytesOf('\r\nconnection: close\r\n\r\n'),
  keepAlive: bytesOf('\r\nconnection: keep-alive\r\n\r\n'),
}

const zero = 0x30
/** No number of bytes has more digits. */
const maxDigits = 16

/** Answers of one program are often alike. */
let lastDigits = 3

/**
 * Writes digits, `ending` and `content`; bytes for which copying would cost more than a second write are left out and
 * returned.
 *
 * @throws whatever a writer throws; `out` then ends anywhere.
 */
export function writeContent(
  out: ByteWriter,
  ending: Uint8Array,
  content: string | Uint8Array | BodyWriter,
): Uint8Array | undefined {
  if (content instanceof Uint8Array && content.length > maxInlineBytes) {
    out.reserve(maxDigits + ending.length)
    writeLength(out, out.end, digitsOf(content.length), content.length, ending)
    out.end += digitsOf(content.length) + ending.length
    return content
  }
  const lengthAt = out.end
  const guessed = lastDigits
  const bodyAt = lengthAt + guessed + ending.length
  out.reserve(maxDigits + ending.length)
  out.end = bodyAt
  if (typeof content === 'string') out.text(content)
  else if (content instanceof Uint8Array) out.copy(content)
  else content.writeTo(out)
  const length = out.end - bodyAt
  const digits = digitsOf(length)
  if (digits !== guessed) move(out, bodyAt, digits - guessed)
  writeLength(out, lengthAt, digits, length, ending)
  return undefined
}

function move(out: ByteWriter, bodyAt: number, by: number): void {
  lastDigits += by
  if (by > 0) out.reserve(by)
  out.bytes.copyWithin(bodyAt + by, bodyAt, out.end)
  out.end += by
}

function writeLength(out: ByteWriter, at: number, digits: number, length: number, ending: Uint8Array): void {
  const { bytes } = out
  let rest = length
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10)
    bytes[i] = zero + rest - next * 10
    rest = next
  }
  const endingAt = at + digits
  for (let i = 0; i < ending.length; i++) bytes[endingAt + i] = ending[i] as number
}

function digitsOf(length: number): number {
  let digits = 1
  for (let limit = 10; length >= limit; limit *= 10) digits++
  return digits
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
