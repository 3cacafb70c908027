/** requestId: every request has a name that its answer, its logs and the caller share. */
import type { Middleware } from '../http/middleware.ts'
import { type Observer, observer } from '../http/observer.ts'
import { HeaderList } from '../wire/headers.ts'

export interface RequestIdOptions {
  /** Header to read and to answer with; default `x-request-id`. */
  header?: string
}

/** What callers may send: short, and safe in a log line, a header and a file name. */
const acceptable = /^[A-Za-z0-9_-]{1,64}$/

/** Takes the caller's id if it is at most 64 of `[A-Za-z0-9_-]`, else makes one; answers with it. */
export function requestId({ header = 'x-request-id' }: RequestIdOptions = {}): Middleware {
  // Checked here and once.
  const field = new HeaderList().append(header, '').pairs[0] as string
  const naming: Observer<void> = {
    enter(c) {
      const sent = c.raw.header(field)
      if (sent !== undefined && acceptable.test(sent)) c.id = sent
      const { headers } = c.reply
      if (headers.has(field)) headers.set(field, c.id)
      // Ids are made of what may stand in a header.
      else headers.appendChecked(field, c.id)
    },
  }
  return observer<void>('requestId', () => naming)
}
