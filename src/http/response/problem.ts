/**
 * An error as an answer, in one of two forms:
 *
 *   problem    application/problem+json (RFC 9457)   { type, title, status, detail, code, instance, … }
 *   envelope   application/json                      { code, message, data }
 *
 * Text and details of a `ServiceError` are public; of anything else that was thrown nothing is sent.
 */
import { type ServiceError, toServiceError } from '../../foundation/errors/service-error.ts'
import { isLastWord, shouldRetryHeader } from '../../resilience/last-word.ts'
import { formatRetryAfter, retryAfterMsOf } from '../../resilience/retry-after.ts'
import { currentSpan } from '../../telemetry/tracer.ts'
import { reasonOf } from '../../wire/http1/status-line.ts'
import type { Call } from '../internal/call.ts'
import { requestIdOf } from '../internal/request-id.ts'
import type { Reply } from '../reply.ts'

/** Headers that speak about the answer that was prepared and does not come. */
const aboutContent = ['content-type', 'content-encoding', 'content-language', 'content-disposition']
const aboutCaching = ['etag', 'last-modified', 'cache-control', 'expires', 'accept-ranges']

export function recordProblem(call: Call, thrown: unknown): Reply {
  const { reply, settings } = call
  const error = toServiceError(thrown)
  if (reply.hasHeaders) for (const name of [...aboutContent, ...aboutCaching]) reply.headers.delete(name)
  reply.status = error.status
  const retryAfterMs = retryAfterMsOf(error)
  if (retryAfterMs !== undefined && !reply.headers.has('retry-after'))
    reply.headers.set('retry-after', formatRetryAfter(retryAfterMs))
  if (looksRetryable(error.status) && (!error.retryable || isLastWord(thrown)))
    reply.headers.set(shouldRetryHeader, 'false')
  reply.body =
    settings.errors === 'problem'
      ? { kind: 'json', value: problemOf(call, error), contentType: 'application/problem+json', declared: false }
      : { kind: 'json', value: envelopeOf(call, error), contentType: 'application/json', declared: false }
  return reply
}

/** What callers take the status for, if nothing else is said. */
function looksRetryable(status: number): boolean {
  return status === 429 || (status >= 502 && status <= 504)
}

function problemOf(call: Call, error: ServiceError): object {
  return {
    ...error.details,
    type: 'about:blank',
    title: reasonOf(error.status) || (error.status < 500 ? 'Client Error' : 'Server Error'),
    status: error.status,
    detail: error.message,
    code: error.code,
    instance: call.raw.path,
    ...traces(call, error),
  }
}

function envelopeOf(call: Call, error: ServiceError): object {
  return { code: error.code, message: error.message, data: { ...error.details, ...traces(call, error) } }
}

/** How to find the request in logs and traces. The time helps where clocks are all that is left. */
function traces(call: Call, { status }: ServiceError): object {
  const traceId = call.context.get(currentSpan)?.context.traceId
  return {
    requestId: requestIdOf(call),
    ...(traceId !== undefined && { traceId }),
    ...(status >= 500 && { timestamp: new Date(call.settings.clock.now()).toISOString() }),
  }
}
