/** An answer → what the contract promises, or the error that it is. */
import type { Operation } from '../api/operation.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { shouldRetryHeader } from '../resilience/last-word.ts'
import { parseRetryAfter } from '../resilience/retry-after.ts'
import { parseJson } from '../schema/json.ts'
import type { Schema } from '../schema/schema.ts'
import { validate } from '../schema/validate.ts'
import type { HeaderList } from '../wire/headers.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: HeaderList
  readonly bytes: Uint8Array
}

/**
 * The body of a declared answer, through its schema; JSON or text as it came where none is declared.
 *
 * @throws ServiceError `BAD_ANSWER` (502) if it is not what the contract promises.
 */
export async function decodeAnswer({ spec }: Operation, { status, headers, bytes }: RawAnswer): Promise<unknown> {
  const schema = spec.responses?.[status]
  if (schema === null) return undefined
  const value = bytes.length === 0 ? undefined : parseBody(headers, bytes)
  return schema === undefined ? value : await checked(schema, value, status)
}

export function isDeclared({ spec }: Operation, status: number): boolean {
  return spec.responses === undefined || spec.responses[status] !== undefined
}

/** An answer that is no success, as the error that it is. */
export class AnswerError extends ServiceError {
  /** Private, so that no log takes it along. */
  readonly #answer: RawAnswer

  constructor(answer: RawAnswer, { code, message, details }: Problem & Nameless) {
    const { status, headers } = answer
    super(code, message, {
      status,
      ...(details !== undefined && { details }),
      // It was repeated further on already, or will not do.
      ...(headers.get(shouldRetryHeader) === 'false' && { retryable: false }),
    })
    this.#answer = answer
  }

  /** The service that was called turned it away itself; the same code of one further on would say nothing about that. */
  get wasTurnedAway(): boolean {
    return this.code === 'OVERLOADED' && this.#answer.headers.get(shouldRetryHeader) === 'true'
  }

  get answer(): RawAnswer {
    return this.#answer
  }
}

/** The error that an answer is: its own code and text if it is a problem or an envelope of ours. */
export function errorFrom(answer: RawAnswer): AnswerError {
  const { status, headers, bytes } = answer
  const nameless = { code: 'UPSTREAM_FAILED', message: `The called service answered ${status}.` }
  const problem: Problem & Nameless = { ...nameless, ...describeProblem(isJson(headers) ? tryParse(bytes) : undefined) }
  const retryAfterMs = parseRetryAfter(headers.get('retry-after') ?? '', Date.now())
  if (retryAfterMs === undefined || problem.details?.retryAfterMs !== undefined) return new AnswerError(answer, problem)
  return new AnswerError(answer, { ...problem, details: { ...problem.details, retryAfterMs } })
}

/** What an error has in any case. */
interface Nameless {
  readonly code: string
  readonly message: string
}

/** What says that the service fails or has had enough, and counts as a failure of the call whoever may expect it. */
export function isFailure(status: number): boolean {
  return status >= 500 || status === 429
}

async function checked(schema: Schema, value: unknown, status: number): Promise<unknown> {
  const { value: output, errors } = await validate(schema, value, 'body')
  if (errors === undefined) return output
  const [first] = errors
  throw new ServiceError(
    'BAD_ANSWER',
    `The called service answered ${status} with a body that its contract does not allow: ${first?.path || 'the whole'}: ${first?.message}`,
    { status: 502, retryable: false },
  )
}

function parseBody(headers: HeaderList, bytes: Uint8Array): unknown {
  if (!isJson(headers)) return new TextDecoder().decode(bytes)
  try {
    return parseJson(bytes)
  } catch (cause) {
    throw new ServiceError('BAD_ANSWER', `The called service answered with ${bytes.length} bytes that are no JSON.`, {
      status: 502,
      retryable: false,
      cause,
    })
  }
}

function isJson(headers: HeaderList): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
}

function tryParse(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes)
  } catch {
    return undefined
  }
}

interface Problem {
  readonly code?: string
  readonly message?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Members of RFC 9457 itself and of ours that are not details. */
const problemMembers = new Set([
  'type',
  'title',
  'status',
  'detail',
  'instance',
  'code',
  'requestId',
  'traceId',
  'timestamp',
])

/** Reads both forms: `{ title, detail, code, … }` and `{ code, message, data }`. */
function describeProblem(value: unknown): Problem {
  if (typeof value !== 'object' || value === null) return {}
  const { code, detail, message, data } = value as Record<string, unknown>
  const text = typeof detail === 'string' ? detail : message
  const details = typeof data === 'object' && data !== null ? data : value
  const entries = Object.entries(details).filter(([name]) => !problemMembers.has(name))
  return {
    ...(typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) && { code }),
    ...(typeof text === 'string' && { message: text.slice(0, 1_000) }),
    ...(entries.length > 0 && { details: Object.fromEntries(entries) }),
  }
}
