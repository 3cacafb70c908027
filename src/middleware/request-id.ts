/** requestId: every request has a name that its answer, its logs and the caller share. */
import type { Middleware } from '../http/middleware.ts'

export interface RequestIdOptions {
  /** Header to read and to answer with; default `x-request-id`. */
  header?: string
}

/** What callers may send: short, and safe in a log line, a header and a file name. */
const acceptable = /^[A-Za-z0-9_-]{1,64}$/

/** Takes the caller's id if it is at most 64 of `[A-Za-z0-9_-]`, else makes one; answers with it. */
export function requestId({ header = 'x-request-id' }: RequestIdOptions = {}): Middleware {
  return function requestId(c, next) {
    const sent = c.raw.header(header)
    if (sent !== undefined && acceptable.test(sent)) c.id = sent
    c.header(header, c.id)
    return next()
  }
}
