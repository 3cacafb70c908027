/**
 * Envelope: an event as a message and back. CloudEvents 1.0 in its binary mode: attributes in headers, data as the body.
 *
 *   order.placed {…} ─▶ ce-id, ce-type, ce-source, ce-time, content-type, traceparent │ {…} as JSON ─▶ order.placed {…}
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { FieldError } from '../schema/field-error.ts'
import { parseJson } from '../schema/json.ts'
import type { InputOf, OutputOf, Schema } from '../schema/schema.ts'
import { validate } from '../schema/validate.ts'
import type { EventDefinition } from './event.ts'
import type { Message, MessageHeaders } from './message.ts'

export interface EnvelopeFacts {
  readonly id: string
  readonly source: string
  readonly timeMs: number
  readonly key: string | undefined
  readonly headers: MessageHeaders
  readonly delayMs: number | undefined
}

/** @throws ServiceError `BAD_EVENT_DATA` if the data is not what the event's schema wants. */
export async function toMessage<S extends Schema>(
  event: EventDefinition<S>,
  data: InputOf<S>,
  { id, source, timeMs, key = event.keyOf(data), headers, delayMs }: EnvelopeFacts,
): Promise<Message> {
  const checked = await validate(event.data, data, 'body')
  if (checked.errors !== undefined) throw badData(event.type, checked.errors)
  return {
    topic: event.topic,
    id,
    key,
    headers: {
      ...headers,
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-type': event.type,
      'ce-source': source,
      'ce-time': new Date(timeMs).toISOString(),
      ...(key !== undefined && { 'ce-partitionkey': key }),
      'content-type': 'application/json',
    },
    // What is sent is what was given: the reader's schema makes of it what its defaults and transforms say.
    body: Buffer.from(JSON.stringify(data)),
    ...(delayMs !== undefined && { delayMs }),
  }
}

/** @throws ServiceError `BAD_EVENT_DATA` for what is no JSON, or not what the schema wants: no later attempt can read it. */
export async function dataOf<S extends Schema>(event: EventDefinition<S>, { body }: Message): Promise<OutputOf<S>> {
  const checked = await validate(event.data, jsonOf(event.type, body), 'body')
  if (checked.errors !== undefined) throw badData(event.type, checked.errors)
  return checked.value
}

export function typeOf({ headers, topic }: Message): string {
  return headers['ce-type'] ?? topic
}

function jsonOf(type: string, body: Uint8Array): unknown {
  try {
    return parseJson(body)
  } catch (cause) {
    throw new ServiceError('BAD_EVENT_DATA', `An event ${type} has ${body.byteLength} bytes that are no JSON.`, {
      status: 400,
      retryable: false,
      cause,
    })
  }
}

function badData(type: string, errors: readonly FieldError[]): ServiceError {
  const [first] = errors
  const where = first === undefined ? '' : `: ${first.path} ${first.message}`
  return new ServiceError('BAD_EVENT_DATA', `The data of an event ${type} is not what its schema wants${where}.`, {
    status: 400,
    retryable: false,
    details: { errors: errors.slice(0, 10) },
  })
}
