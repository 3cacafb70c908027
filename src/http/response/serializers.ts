/** Writers of JSON for what a route declares that it sends. */
import type { OperationSpec } from '../../api/operation.ts'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { compileEncoder } from '../../schema/encoder.ts'
import type { Schema } from '../../schema/schema.ts'
import { compileSerializer } from '../../schema/serializer.ts'

type Serialize = (value: unknown) => string
type Encode = (value: unknown, out: ByteWriter) => void

/** Compiled when first needed: most statuses a route declares are rarely sent. */
export class Serializers {
  readonly #spec: OperationSpec
  /** Made when first needed, as most routes of a large service have not been asked yet. */
  #byStatus: Map<number, Serialize> | undefined
  #encoders: Map<number, Encode> | undefined
  /** Most routes answer with one status. */
  #lastStatus = 0
  #lastEncoder: Encode = encodeJson
  #event: Serialize | undefined

  constructor(spec: OperationSpec = {}) {
    this.#spec = spec
  }

  /** For answers with `status`; as the schema says, where one is declared. */
  forStatus(status: number): Serialize {
    this.#byStatus ??= new Map()
    let serialize = this.#byStatus.get(status)
    if (serialize === undefined) {
      serialize = serializerOf(this.#spec.responses?.[status] ?? undefined)
      this.#byStatus.set(status, serialize)
    }
    return serialize
  }

  /** The same as bytes: what `forStatus` says, straight into an engine's output. */
  encoderFor(status: number): Encode {
    if (status === this.#lastStatus) return this.#lastEncoder
    this.#encoders ??= new Map()
    let encode = this.#encoders.get(status)
    if (encode === undefined) {
      const schema = this.#spec.responses?.[status] ?? undefined
      encode = schema === undefined ? encodeJson : encoderOf(schema)
      this.#encoders.set(status, encode)
    }
    this.#lastStatus = status
    this.#lastEncoder = encode
    return encode
  }

  /** What of `value` an answer with `status` may hold, as plain data for formats other than JSON. */
  project(status: number, value: unknown): unknown {
    const isDeclared = this.#spec.responses?.[status] != null
    return isDeclared ? JSON.parse(this.forStatus(status)(value)) : value
  }

  /** For the events of a stream. */
  get forEvents(): Serialize {
    this.#event ??= serializerOf(this.#spec.stream)
    return this.#event
  }
}

function serializerOf(schema: Schema | undefined): Serialize {
  return schema === undefined ? toJson : compileSerializer(schema)
}

/** Routes that share a schema share its code, which then is warm sooner and stays in the processor's caches. */
const encoders = new WeakMap<Schema, Encode>()

function encoderOf(schema: Schema): Encode {
  let encode = encoders.get(schema)
  if (encode === undefined) {
    encode = compileEncoder(schema)
    encoders.set(schema, encode)
  }
  return encode
}

function encodeJson(value: unknown, out: ByteWriter): void {
  out.text(toJson(value))
}

/** @throws ServiceError `BAD_RESPONSE` for what JSON cannot say. */
export function toJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text !== undefined) return text
  throw new ServiceError(
    'BAD_RESPONSE',
    `The response is ${typeof value}, which JSON cannot say; answer without a body.`,
  )
}
