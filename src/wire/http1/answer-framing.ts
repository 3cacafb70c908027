/** How the body of an answer is framed, and how its head says so. */
import type { HeaderList } from '../headers.ts'

/** `none`: the answer has no body, whatever is written. A number: so many bytes. */
export type AnswerFraming = number | 'chunked' | 'until-close' | 'none'

/** Whether an answer with this body has a `content-length` and the body behind it. */
export function hasContent(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}

export interface AnsweredRequest {
  readonly method: string
  readonly minorVersion: number
}

/** RFC 9112 section 6: `length` is undefined when it is not known. HTTP/1.0 has no chunks. */
export function answerFraming(request: AnsweredRequest, status: number, length: number | undefined): AnswerFraming {
  if (!hasContent(request.method, status)) return 'none'
  return length ?? (request.minorVersion === 1 ? 'chunked' : 'until-close')
}

/** `length` is that of the body, sent or not: HEAD and 304 may tell what a GET would have had (RFC 9110 section 8.6). */
export function framingLine(
  { method }: AnsweredRequest,
  status: number,
  framing: AnswerFraming,
  headers: HeaderList,
  length = 0,
): string {
  if (typeof framing === 'number') return `content-length: ${framing}\r\n`
  if (framing === 'chunked') return 'transfer-encoding: chunked\r\n'
  if (framing === 'until-close' || status === 204) return ''
  const announced = method === 'HEAD' && length > 0 ? String(length) : headers.get('content-length')
  return announced === undefined ? '' : `content-length: ${announced}\r\n`
}
