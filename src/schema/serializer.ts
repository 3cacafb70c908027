/**
 * Serializers: a response as JSON text, with what its schema declares and nothing else.
 *
 *   value ─▶ exactly what was declared? ──yes─▶ JSON.stringify
 *                       └──no──▶ projection ──▶ JSON.stringify     a password hash in a row never leaves
 *
 * What goes over the wire is the input side of a response schema: the client's validation makes the output of it. Members
 * come in declared order. Absent `additionalProperties` means that others are dropped; a schema that lets them pass says so
 * (zod: `looseObject`, `catchall`, `record`). Of alternatives that no member tells apart, members of any are sent.
 *
 * Values are not validated: a wrong type is sent as it is, unless it is an object or array where none was declared, which
 * could hold anything and is refused.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { compileProjection } from './internal/compile-projection.ts'
import type { Projection } from './internal/projection.ts'
import { jsonSchemaOf } from './json-schema.ts'
import type { Schema } from './schema.ts'

export interface Serializer {
  /** @throws ServiceError `BAD_RESPONSE` (500) if the value cannot be projected, or is no JSON, such as undefined. */
  (value: unknown): string
  /**
   * - `compiled`: every part of the schema is understood; nothing undeclared is sent.
   * - `projected`: parts that could not be read are sent as they are, see `notes`.
   * - `plain`: nothing is known about the schema; everything is sent.
   */
  readonly mode: 'compiled' | 'projected' | 'plain'
  /** Why the mode is not `compiled`; worth a line in the log when a service starts. */
  readonly notes: readonly string[]
}

/** Reads the schema once. Compile when the route is registered, not when a request comes. */
export function compileSerializer(schema: Schema): Serializer {
  return readSerializer(schema).serialize
}

/** A serializer and what it was made from; without a projection, everything is sent. */
export function readSerializer(schema: Schema): { serialize: Serializer; projection: Projection | undefined } {
  const { schema: jsonSchema, note, reason } = jsonSchemaOf(schema, 'input')
  if (jsonSchema === undefined) return { serialize: serializerOf(undefined, 'plain', [reason]), projection: undefined }
  const { projection, unread } = compileProjection(jsonSchema)
  const notes = note === undefined ? unread : [note, ...unread]
  const mode = notes.length === 0 ? 'compiled' : 'projected'
  return { serialize: serializerOf(projection, mode, notes), projection }
}

function serializerOf(
  projection: Projection | undefined,
  mode: Serializer['mode'],
  notes: readonly string[],
): Serializer {
  const serialize = (value: unknown) => {
    const isSendable = projection === undefined || projection.isExact(value)
    const text: string | undefined = JSON.stringify(isSendable ? value : projection.of(value))
    if (text === undefined) throw notJson(value)
    return text
  }
  return Object.assign(serialize, { mode, notes })
}

function notJson(value: unknown): ServiceError {
  return new ServiceError(
    'BAD_RESPONSE',
    `The response is ${typeof value}, which JSON cannot say; answer without a body.`,
  )
}
