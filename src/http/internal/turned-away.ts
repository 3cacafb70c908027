/** What somebody is told who is turned away at the door: always the same, so that it costs nothing to say. */

import { shouldRetryHeader } from '../../resilience/last-word.ts'
import type { DropReason } from '../../resilience/overload/admission-queue.ts'
import { HeaderList } from '../../wire/headers.ts'
import { reasonOf } from '../../wire/http1/status-line.ts'

export interface TurnedAway {
  readonly status: number
  readonly headers: HeaderList
  readonly body: string
}

/** Clients that all come back at the same moment would be the next overload, but a second spreads what came within one. */
const retryAfterSeconds = '1'

export function turnedAway(errors: 'problem' | 'envelope'): Readonly<Record<DropReason, TurnedAway>> {
  const overloaded = answer(errors, {
    status: 503,
    code: 'OVERLOADED',
    text: 'The service has more to do than it can; come back later.',
  })
  // Nothing was done: whatever it was, it may be asked again.
  overloaded.headers.append('retry-after', retryAfterSeconds).append(shouldRetryHeader, 'true')
  const late = answer(errors, {
    status: 504,
    code: 'DEADLINE_EXCEEDED',
    text: 'The deadline passed before the work was begun.',
  })
  return { full: overloaded, waited: overloaded, deadline: late }
}

interface Said {
  readonly status: number
  readonly code: string
  readonly text: string
}

function answer(errors: 'problem' | 'envelope', { status, code, text }: Said): TurnedAway {
  const isProblem = errors === 'problem'
  const body = isProblem
    ? { type: 'about:blank', title: reasonOf(status), status, detail: text, code }
    : { code, message: text, data: {} }
  const contentType = isProblem ? 'application/problem+json' : 'application/json'
  return { status, headers: new HeaderList().append('content-type', contentType), body: JSON.stringify(body) }
}
