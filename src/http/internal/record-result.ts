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
  if (typeof result === 'object' && result !== null) {
    // What most handlers return, told from the rest by one look.
    if (Object.getPrototypeOf(result) === Object.prototype && !isStream(result)) return recordJson(reply, result)
    return recordObject(call, result)
  }
  const { responses } = call.route.info?.spec ?? {}
  if (typeof result === 'string' && responses?.[reply.status] == null) {
    reply.body = { kind: 'text', text: result, contentType: 'text/plain; charset=utf-8' }
    return reply
  }
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
  // Read rather than asked for with `in`: engines remember the one for many shapes of objects, the other for few.
  const { [Symbol.asyncIterator]: pieces, [Symbol.iterator]: parts, next } = result as Partial<EventLike>
  return pieces !== undefined || (parts !== undefined && typeof next === 'function')
}

interface EventLike {
  readonly [Symbol.asyncIterator]: unknown
  readonly [Symbol.iterator]: unknown
  readonly next: unknown
}

function foreignReply(): ServiceError {
  return new ServiceError(
    'FOREIGN_REPLY',
    'The handler returned the reply of another request; return what its own c gave.',
  )
}
