/**
 * Encoders: what a serializer says, as bytes and in one pass.
 *
 *   value ─▶ compiled code ─▶ bytes behind `out.end`        declared members are read and written in one go
 *                └─ cannot ─▶ serializer ─▶ text ─▶ bytes   or refused, as the serializer refuses it
 *
 * What is sent is byte for byte what `compileSerializer` gives. Code is made from the schema; where a process forbids that,
 * or nothing is known of the schema, the serializer writes everything.
 */
import type { ByteWriter } from '../foundation/bytes/byte-writer.ts'
import { type Writer, writerOf } from './internal/encoder-source.ts'
import type { Projection } from './internal/projection.ts'
import type { Schema } from './schema.ts'
import { readSerializer, type Serializer } from './serializer.ts'

export interface Encoder {
  /**
   * Writes behind `out.end`. If it throws, nothing was written.
   *
   * @throws ServiceError `BAD_RESPONSE` (500) if the value cannot be projected, or is no JSON, such as undefined.
   */
  (value: unknown, out: ByteWriter): void
  /** As with serializers; it tells what is understood of the schema, not how it is written. */
  readonly mode: Serializer['mode']
  readonly notes: readonly string[]
}

/** Reads the schema once. Compile when the route is registered, not when a request comes. */
export function compileEncoder(schema: Schema): Encoder {
  const { serialize, projection } = readSerializer(schema)
  const { mode, notes } = serialize
  const write = projection === undefined ? undefined : compile(projection)
  const encode = write === undefined ? byText(serialize) : byCode(write, serialize)
  return Object.assign(encode, { mode, notes })
}

function compile(projection: Projection): Writer | undefined {
  try {
    return writerOf(projection)
  } catch (error) {
    // Content-Security-Policy and `--disallow-code-generation-from-strings`.
    if (error instanceof EvalError) return undefined
    throw error
  }
}

function byText(serialize: Serializer): (value: unknown, out: ByteWriter) => void {
  return (value, out) => out.text(serialize(value))
}

function byCode(write: Writer, serialize: Serializer): (value: unknown, out: ByteWriter) => void {
  return (value, out) => {
    const start = out.end
    try {
      if (value !== undefined) {
        out.end = write(value, out, start)
        return
      }
    } catch {
      // The serializer says it in its own way, or refuses it with its own error.
    }
    out.end = start
    out.text(serialize(value))
  }
}
