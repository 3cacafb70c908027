/** Makes a handler's result the answer; `result.ts` tells the rules. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { emptyBody, Reply, unanswered } from '../reply.ts'
import { recordEvents } from '../response/event-stream.ts'
import type { EventSource } from '../response/server-sent-event.ts'
import { recordWebResponse } from '../response/web-response.ts'
import type { Call } from './call.ts'

/** @throws the result itself, if it is an error. */
export function recordResult(call: Call, result: unknown): Reply {
  const { reply } = call
  if (result === reply) return reply
  if (result === undefined) return recordNothing(call)
  const { responses } = call.route.info?.spec ?? {}
  if (typeof result === 'string' && responses?.[reply.status] == null) {
    reply.body = { kind: 'text', text: result, contentType: 'text/plain; charset=utf-8' }
    return reply
  }
  if (typeof result === 'object' && result !== null) return recordObject(call, result)
  if (result === null && responses?.[reply.status] === null) return recordNothing(call)
  return recordJson(reply, result)
}

function recordObject(call: Call, result: object): Reply {
  const { reply } = call
  if (result instanceof Reply) throw foreignReply()
  if (isWebResponse(result)) return recordWebResponse(call, result)
  if (result instanceof Error) throw result
  if (result instanceof Uint8Array) {
    reply.body = { kind: 'bytes', bytes: result, contentType: 'application/octet-stream' }
    return reply
  }
  if (!isStream(result)) return recordJson(reply, result)
  if (call.route.info?.spec.stream !== undefined) return recordEvents(call, result)
  reply.body = { kind: 'stream', source: result as Iterable<string>, contentType: 'application/octet-stream' }
  return reply
}

/** Nothing was returned: what was recorded stands; without that, the answer has no body. */
function recordNothing({ reply, route }: Call): Reply {
  if (reply.body !== unanswered) return reply
  const { responses } = route.info?.spec ?? {}
  if (reply.status === route.successStatus && responses?.[reply.status] !== null) reply.status = 204
  reply.body = emptyBody
  return reply
}

function recordJson(reply: Reply, value: unknown): Reply {
  reply.body = { kind: 'json', value, contentType: 'application/json', declared: true }
  return reply
}

/** Node.js loads the whole of `fetch` when the name `Response` is first read: 38 ms and 20 MB, for nothing most of the time. */
function isWebResponse(result: object): result is Response {
  return Reflect.get(result, Symbol.toStringTag) === 'Response' && result instanceof Response
}

/** Streams, async iterables and generators; an array, a map or a set is a value. */
function isStream(result: object): result is EventSource {
  if (Symbol.asyncIterator in result) return true
  return Symbol.iterator in result && 'next' in result && typeof result.next === 'function'
}

function foreignReply(): ServiceError {
  return new ServiceError(
    'FOREIGN_REPLY',
    'The handler returned the reply of another request; return what its own c gave.',
  )
}
