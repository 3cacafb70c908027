/** StoredAnswer: an answer as it is kept, and given again. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Reply } from '../../http/reply.ts'

export interface StoredAnswer {
  readonly status: number
  /** Flat: name, value, name, value. */
  readonly headers: readonly string[]
  readonly contentType?: string | undefined
  /** Of an error: it is thrown again, and answered by whoever answers errors. */
  readonly error?: { readonly code: string; readonly message: string; readonly details?: ServiceError['details'] }
  /** Why there is no body: it was a stream, or too large. */
  readonly lacks?: 'stream' | 'size'
  readonly body?: Uint8Array | undefined
}

/** A stream is not read: the client shall have it as it comes. */
export function answerOf(c: HttpContext, headers: readonly string[], maxBodyBytes: number): StoredAnswer {
  const body = c.encodeBody()
  const { reply } = c
  const { status } = reply
  if (body === undefined) return { status, headers, ...(reply.body.kind !== 'empty' && { lacks: 'stream' }) }
  const contentType = reply.body.kind === 'bytes' ? reply.body.contentType : undefined
  return body.length > maxBodyBytes ? { status, headers, lacks: 'size' } : { status, headers, contentType, body }
}

export function errorAnswerOf(
  { status, code, message, details }: ServiceError,
  headers: readonly string[],
): StoredAnswer {
  return { status, headers, error: { code, message, ...(details !== undefined && { details }) } }
}

/** @throws ServiceError what was thrown then; `IDEMPOTENT_ANSWER_NOT_KEPT` (409) where the body was not kept. */
export function giveAgain(c: HttpContext, { status, headers, contentType, error, lacks, body }: StoredAnswer): Reply {
  const { reply } = c
  reply.headers.set('idempotent-replayed', 'true')
  if (lacks !== undefined) throw notKept(status)
  for (let i = 0; i + 1 < headers.length; i += 2) reply.headers.append(headers[i] ?? '', headers[i + 1] ?? '')
  if (error !== undefined) {
    const { code, message, details } = error
    throw new ServiceError(code, message, { status, retryable: false, ...(details !== undefined && { details }) })
  }
  reply.status = status
  reply.body = body === undefined ? { kind: 'empty' } : { kind: 'bytes', bytes: body, contentType }
  return reply
}

/** The fields that the inside has set: what layers around say they say anew. */
export function addedHeaders({ reply }: HttpContext, before: readonly string[]): string[] {
  if (!reply.hasHeaders) return []
  const known = new Set<string>()
  for (let i = 0; i < before.length; i += 2) known.add(`${before[i]}\n${before[i + 1]}`)
  const added: string[] = []
  const { pairs } = reply.headers
  for (let i = 0; i < pairs.length; i += 2) {
    const [name = '', value = ''] = [pairs[i], pairs[i + 1]]
    if (!known.has(`${name}\n${value}`)) added.push(name, value)
  }
  return added
}

/**
 * Whether a repetition shall get the same answer. Not where trying again is of use: the server failed (what it did was taken back), was busy,
 * or did not let the caller in; nor where it could not read the request, since that has done nothing.
 */
export function isKept(status: number): boolean {
  return status < 500 && ![400, 401, 403, 407, 408, 425, 429].includes(status)
}

function notKept(status: number): ServiceError {
  return new ServiceError(
    'IDEMPOTENT_ANSWER_NOT_KEPT',
    `This request was done, and answered with ${status}; its answer was a stream, or too large to be kept. Read what it made.`,
    { status: 409, retryable: false, details: { answered: status } },
  )
}
