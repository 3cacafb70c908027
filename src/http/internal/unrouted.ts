/** What is answered when no route fits: redirects, OPTIONS, 404, 405 and paths that cannot be read. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { emptyBody } from '../reply.ts'
import type { Call } from './call.ts'
import { type Answer, compileCore } from './compiled-route.ts'
import { answerError } from './error-answer.ts'

/** The middle of the onion in place of a handler. */
export function answerUnrouted(call: Call): Answer {
  const { reply, routing, settings } = call
  const { decision } = routing
  if (decision.kind === 'not-found' && settings.notFound !== undefined) {
    reply.status = 404
    return compileCore(undefined, settings.notFound)(call)
  }
  call.progress = 'done'
  switch (decision.kind) {
    case 'redirect':
      reply.headers.set('location', decision.location)
      reply.status = decision.status
      reply.body = emptyBody
      return reply
    case 'options':
      reply.headers.set('allow', decision.allow)
      reply.status = 204
      reply.body = emptyBody
      return reply
    case 'method-not-allowed':
      return answerError(call, methodNotAllowed(call, decision.allow))
    case 'bad-path':
      return answerError(call, badPath(decision.reason))
    default:
      return answerError(call, notFound(call))
  }
}

function methodNotAllowed({ exchange, reply }: Call, allow: string): ServiceError {
  // RFC 9110 section 15.5.6: a 405 lists what is allowed.
  reply.headers.set('allow', allow)
  return new ServiceError('METHOD_NOT_ALLOWED', `This resource does not know ${exchange.method}; it takes ${allow}.`, {
    status: 405,
  })
}

function badPath(reason: string): ServiceError {
  return new ServiceError('BAD_PATH', `The path cannot be read: ${reason}.`, { status: 400 })
}

function notFound({ exchange, raw }: Call): ServiceError {
  return new ServiceError('NOT_FOUND', `There is nothing at ${exchange.method} ${raw.path}.`, { status: 404 })
}
