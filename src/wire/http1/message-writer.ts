/**
 * What is written: heads, chunks and bodies as byte strings, in which every character is one byte.
 *
 *   status line + fields + framing line + blank line (+ body) ──one string──▶ socket
 *
 * Small bodies become part of the string, so that an answer leaves in one write; large ones stay bytes.
 */
import { Buffer } from 'node:buffer'
import { latin1 } from './octets.ts'

/** A body as it is written: a byte string, or bytes where copying would cost more than a second write. */
export type Payload = string | Uint8Array

/** Bytes up to this size are copied behind what they follow. */
export const maxInlineBytes: number = 16 * 1024

/** Texts up to this size are written behind what they follow: they are copied in any case. */
export const maxInlineText: number = 64 * 1024

/** A text becomes UTF-8; ASCII text is its own byte string and is not copied. */
export function payloadOf(body: string | Uint8Array): Payload {
  if (typeof body !== 'string') return inlined(body)
  return Buffer.byteLength(body) === body.length ? body : inlined(Buffer.from(body))
}

function inlined(bytes: Uint8Array): Payload {
  return bytes.length <= maxInlineBytes ? latin1(bytes, 0, bytes.length) : bytes
}

/**
 * Field lines of `pairs` without those that are the engine's business: framing and connection fields would contradict
 * what it does.
 */
export function fieldLines(pairs: readonly string[]): string {
  let lines = ''
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string
    if (!isEngineField(name)) lines += `${name}: ${pairs[i + 1]}\r\n`
  }
  return lines
}

export function isEngineField(name: string): boolean {
  switch (name.length) {
    case 10:
      return name === 'connection' || name === 'keep-alive'
    case 14:
      return name === 'content-length'
    case 17:
      return name === 'transfer-encoding'
    default:
      return false
  }
}

/** The size line before a chunk (RFC 9112 section 7.1). */
export function chunkStart(length: number): string {
  return `${length.toString(16)}\r\n`
}

export const chunkEnd = '\r\n'

/** Last chunk and trailers. Fields that frame or route must not stand there (RFC 9110 section 6.5.1). */
export function lastChunk(trailers: readonly string[] = []): string {
  return `0\r\n${fieldLines(trailers)}\r\n`
}

/** Whether one of the comma-separated elements of `value` is `token`. */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false
  return value.split(',').some((element) => element.trim().toLowerCase() === token)
}
