/**
 * The head of an answer, straight into the output.
 *
 *   HTTP/1.1 200 OK␍␊ name: value␍␊ … date: …␍␊ content-length: │ digits and what follows come with the body
 *
 * A list that is used again is copied from its template, and so is the shared part of one that has a field of its own;
 * any other is written field by field.
 */
import { Buffer } from 'node:buffer'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { HeaderList } from '../headers.ts'
import type { DateLine } from './date-line.ts'
import { headTemplate } from './head-template.ts'
import { hasToken, isEngineField } from './message-writer.ts'
import { COLON, CR, LF, putLatin1, SP } from './octets.ts'
import { statusLine } from './status-line.ts'

/** Longer texts are written by the runtime, which takes as long to begin as shorter ones take by hand. */
const maxByHand = 24

const statusLines: (Buffer | undefined)[] = []

/** Up to and with `content-length: `; returns whether the list asks for the connection to be closed. */
export function writeHead(out: ByteWriter, status: number, headers: HeaderList, date: DateLine): boolean {
  const { shared, ownName } = headers
  const isShared = shared !== undefined && ownName !== 'date' && !isEngineField(ownName)
  const template = headTemplate(status, isShared ? shared : headers, date)
  if (template === undefined) return writeFields(out, status, headers, date)
  if (isShared) {
    out.copy(template.datedFields())
    writeField(out, ownName, headers.ownValue)
    out.copy(lengthName)
  } else {
    out.copy(template.dated())
  }
  return template.closes
}

function writeFields(out: ByteWriter, status: number, { pairs }: HeaderList, date: DateLine): boolean {
  let hasDate = false
  let closes = false
  out.copy(statusBytes(status))
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string
    const value = pairs[i + 1] as string
    if (isEngineField(name)) {
      closes ||= name === 'connection' && hasToken(value, 'close')
      continue
    }
    hasDate ||= name === 'date'
    writeField(out, name, value)
  }
  out.copy(hasDate ? lengthName : date.bytes)
  return closes
}

const lengthName = Buffer.from('content-length: ', 'latin1')

function writeField(out: ByteWriter, name: string, value: string): void {
  out.reserve(name.length + value.length + 4)
  const { bytes } = out
  let at = put(bytes, name, out.end)
  bytes[at++] = COLON
  bytes[at++] = SP
  at = put(bytes, value, at)
  bytes[at++] = CR
  bytes[at++] = LF
  out.end = at
}

function put(bytes: Uint8Array, text: string, start: number): number {
  if (text.length > maxByHand) return start + putLatin1(bytes, text, start)
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i)
  return start + text.length
}

function statusBytes(status: number): Buffer {
  const bytes = statusLines[status] ?? Buffer.from(statusLine(status), 'latin1')
  statusLines[status] = bytes
  return bytes
}
