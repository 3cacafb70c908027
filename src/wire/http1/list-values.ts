/** The values of the fields that frame a message and steer its connection, read from bytes. */
import { HTAB, isDigit, SP, tokenIs } from './octets.ts'

const comma = 0x2c

/**
 * A `1*DIGIT` at [start, end) as a number: NaN if it is none, Infinity beyond what a number holds exactly
 * (RFC 9110 section 8.6 warns of overflows).
 */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return Number.NaN
  let value = 0
  for (let i = start; i < end; i++) {
    if (!isDigit(bytes[i])) return Number.NaN
    value = value * 10 + (bytes[i] as number) - 0x30
  }
  return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value
}

/** What a `Connection` field asks for (RFC 9110 section 7.6.1). */
export interface ConnectionOptions {
  close: boolean
  keepAlive: boolean
  upgrade: boolean
}

export function readConnectionOptions(bytes: Uint8Array, start: number, end: number, into: ConnectionOptions): void {
  // The plain form first: it is what nearly every client sends.
  if (tokenIs(bytes, start, end, 'keep-alive')) {
    into.keepAlive = true
    return
  }
  forEachElement(bytes, start, end, (from, to) => {
    if (tokenIs(bytes, from, to, 'close')) into.close = true
    else if (tokenIs(bytes, from, to, 'keep-alive')) into.keepAlive = true
    else if (tokenIs(bytes, from, to, 'upgrade')) into.upgrade = true
  })
}

/** What all `Transfer-Encoding` fields of a message say together (RFC 9112 section 6.1). */
export interface TransferCodings {
  /** Fields seen, empty ones too. */
  fields: number
  chunked: number
  others: number
  endsWithChunked: boolean
}

export function readTransferCodings(bytes: Uint8Array, start: number, end: number, into: TransferCodings): void {
  into.fields++
  forEachElement(bytes, start, end, (from, to) => {
    into.endsWithChunked = tokenIs(bytes, from, to, 'chunked')
    if (into.endsWithChunked) into.chunked++
    else into.others++
  })
}

/** Walks a comma-separated list; empty elements are ignored (RFC 9110 section 5.6.1.2). */
function forEachElement(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (start: number, end: number) => void,
): void {
  let from = start
  while (from < end) {
    let to = from
    while (to < end && bytes[to] !== comma) to++
    const first = skipSpace(bytes, from, to)
    const last = trimSpace(bytes, first, to)
    if (first < last) visit(first, last)
    from = to + 1
  }
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && (bytes[i] === SP || bytes[i] === HTAB)) i++
  return i
}

function trimSpace(bytes: Uint8Array, start: number, end: number): number {
  let i = end
  while (i > start && (bytes[i - 1] === SP || bytes[i - 1] === HTAB)) i--
  return i
}
