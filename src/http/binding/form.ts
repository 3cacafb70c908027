/**
 * Forms as records: names that occur more than once have arrays, files are web `File`s.
 *
 *   content-type ──application/x-www-form-urlencoded──▶ pairs, strictly
 *                ├─multipart/form-data────────────────▶ fields, and files in memory
 *                └─other──────────────────────────────▶ 415 with `accept`
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { RawRecord } from '../../schema/coerce.ts'
import type { Call } from '../internal/call.ts'
import { nullRecord } from '../internal/null-record.ts'
import type { MultipartPart } from '../request/multipart.ts'
import { parsePairs } from '../request/query-string.ts'
import { parseMediaType } from './media-type.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * A promise unless the body is urlencoded and has arrived.
 *
 * @throws ServiceError `CONTENT_TYPE_NOT_SUPPORTED` (415), `BAD_FORM` (400), `FORM_TOO_LARGE` (413), and as
 *   `RawRequest.multipart`.
 */
export function readForm(call: Call): RawRecord | Promise<RawRecord> {
  const type = call.exchange.header('content-type')
  if (type === undefined && call.exchange.body.length === 0) return nullRecord()
  const { essence } = parseMediaType(type ?? '')
  if (essence === 'multipart/form-data') return collectParts(call.raw.multipart())
  if (essence !== 'application/x-www-form-urlencoded') throw notSupported(call)

  const { maxFields } = call.settings.limits
  const bytes = call.raw.bytes()
  return bytes instanceof Promise ? bytes.then((read) => parseForm(read, maxFields)) : parseForm(bytes, maxFields)
}

function parseForm(bytes: Uint8Array, maxFields: number): RawRecord {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw badForm('is not UTF-8')
  }
  return parsePairs(text, maxFields, badForm)
}

async function collectParts(parts: AsyncIterable<MultipartPart>): Promise<RawRecord> {
  const form: Record<string, unknown> = nullRecord()
  for await (const part of parts) {
    const value = part.kind === 'field' ? part.value : await toFile(part)
    const before = form[part.name]
    if (before === undefined) form[part.name] = value
    else if (Array.isArray(before)) before.push(value)
    else form[part.name] = [before, value]
  }
  return form
}

async function toFile({ filename, contentType, content }: Extract<MultipartPart, { kind: 'file' }>): Promise<File> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  for await (const piece of content) pieces.push(new Uint8Array(piece))
  return new File(pieces, filename, { type: contentType })
}

function badForm(why: string): ServiceError {
  return new ServiceError('BAD_FORM', `The form ${why}.`, { status: 400 })
}

function notSupported({ reply }: Call): ServiceError {
  const accepted = 'application/x-www-form-urlencoded, multipart/form-data'
  reply.headers.set('accept', accepted)
  return new ServiceError('CONTENT_TYPE_NOT_SUPPORTED', `The body was not read: it is no form. Send ${accepted}.`, {
    status: 415,
  })
}
