/**
 * Server-sent events (WHATWG HTML section 9.2.6) from pieces of bytes.
 *
 *   'id: 7\nevent: changed\nda' + 'ta: {…}\n\n'  ─▶  { id: '7', event: 'changed', data: '{…}' }
 */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface ReceivedEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

/** An event whose data does not end would fill the memory. */
const maxEventLength = 1024 * 1024

/** @throws ServiceError `BAD_ANSWER` for an event of more than 1 MiB of text, and what the pieces throw. */
export async function* readEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ReceivedEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  let lines: string[] = []
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true })
    if (rest.length > maxEventLength) throw tooLong()
    // A lone CR at the end may be the first half of a CR LF.
    const complete = rest.endsWith('\r') ? rest.slice(0, -1) : rest
    const parts = complete.split(/\r\n|\n|\r/)
    rest = (parts.pop() ?? '') + rest.slice(complete.length)
    for (const line of parts) {
      if (line !== '') lines.push(line)
      else {
        const event = eventOf(lines)
        lines = []
        if (event !== undefined) yield event
      }
    }
  }
}

/** Comments and unknown fields are passed over; an event without data is none. */
function eventOf(lines: readonly string[]): ReceivedEvent | undefined {
  const data: string[] = []
  let id: string | undefined
  let event = 'message'
  for (const line of lines) {
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }
  return data.length === 0 ? undefined : { id, event, data: data.join('\n') }
}

function tooLong(): ServiceError {
  return new ServiceError('BAD_ANSWER', `The called service sent an event of more than ${maxEventLength} characters.`, {
    status: 502,
    retryable: false,
  })
}
