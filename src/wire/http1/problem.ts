/** Answers that the wire gives by itself: small RFC 9457 problems. */
import type { Refusal } from './refusal.ts'
import { reasonOf, statusLine } from './status-line.ts'

export const problemType = 'application/problem+json'

export function problemText(status: number, code: string, detail: string): string {
  return JSON.stringify({ title: reasonOf(status), status, code, detail })
}

/** The whole last answer of a connection, as a byte string. */
export function problemAnswer(refusal: Refusal, dateLine: string, isHead: boolean): string {
  const text = problemText(refusal.status, refusal.code, refusal.message)
  const fields = `content-type: ${problemType}\r\n${dateLine}content-length: ${text.length}\r\nconnection: close\r\n`
  return `${statusLine(refusal.status)}${fields}\r\n${isHead ? '' : text}`
}
