/**
 * HeadTemplate: the head of answers whose status and header list are used again and again, as bytes to copy.
 *
 *   HTTP/1.1 200 OK␍␊ content-type: …␍␊ date: …␍␊ content-length: │ digits and what follows are the answer's own
 *                                        └ rewritten once a second
 *
 * A list is worth it from its second use on; what was made of it hangs on the list and goes when that is changed.
 */
import { Buffer } from 'node:buffer'
import type { HeaderList } from '../headers.ts'
import { type DateLine, dateLineBytes } from './date-line.ts'
import { fieldLines, hasToken } from './message-writer.ts'
import { putLatin1 } from './octets.ts'
import { statusLine } from './status-line.ts'

/** Stands before the digits, which are written when the body is. */
const lengthField = 'content-length: '

export class HeadTemplate {
  readonly status: number
  /** Up to and with `content-length: `. */
  readonly bytes: Buffer
  /** The list asks for the connection to be closed. */
  readonly closes: boolean
  readonly date: DateLine
  /** -1 where the list has a date of its own. */
  readonly #dateAt: number
  /** The same bytes without the last field's name. */
  readonly #fields: Buffer
  #second = Number.NaN

  constructor(status: number, headers: HeaderList, date: DateLine) {
    const start = statusLine(status) + fieldLines(headers.pairs)
    const hasDate = headers.has('date')
    this.status = status
    this.date = date
    this.closes = hasToken(headers.get('connection'), 'close')
    this.#dateAt = hasDate ? -1 : start.length
    this.bytes = Buffer.from(`${start}${hasDate ? '' : ' '.repeat(dateLineBytes)}${lengthField}`, 'latin1')
    this.#fields = this.bytes.subarray(0, -lengthField.length)
  }

  /** The fields, complete with the date of `date` as it is now: others may follow. */
  datedFields(): Buffer {
    this.dated()
    return this.#fields
  }

  /** The bytes, with the date of `date` as it is now. */
  dated(): Buffer {
    if (this.#second !== this.date.second && this.#dateAt !== -1) {
      this.#second = this.date.second
      putLatin1(this.bytes, this.date.line, this.#dateAt)
    }
    return this.bytes
  }
}

/** Templates of one list: it may be sent with a few statuses. */
class HeadTemplates {
  readonly #templates: HeadTemplate[] = []
  /** Most answers are as the last one was. */
  #last: HeadTemplate | undefined

  find(status: number, date: DateLine): HeadTemplate | undefined {
    const last = this.#last
    if (last !== undefined && last.status === status && last.date === date) return last
    const known = this.#templates.find((template) => template.status === status && template.date === date)
    if (known !== undefined) this.#last = known
    return known
  }

  add(template: HeadTemplate): HeadTemplate {
    if (this.#templates.length === maxTemplates) this.#templates.shift()
    this.#templates.push(template)
    return template
  }
}

const maxTemplates = 4

/** The template for an answer; undefined at the first use of a list, which may be its only one. */
export function headTemplate(status: number, headers: HeaderList, date: DateLine): HeadTemplate | undefined {
  const { encoded } = headers
  if (encoded instanceof HeadTemplates) {
    return encoded.find(status, date) ?? encoded.add(new HeadTemplate(status, headers, date))
  }
  headers.encoded = encoded === undefined ? usedOnce : new HeadTemplates()
  return undefined
}

const usedOnce = {}
