/** Writers of JSON for what a route declares that it sends. */
import type { OperationSpec } from '../../api/operation.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Schema } from '../../schema/schema.ts'
import { compileSerializer } from '../../schema/serializer.ts'

type Serialize = (value: unknown) => string

/** Compiled when first needed: most statuses a route declares are rarely sent. */
export class Serializers {
  readonly #spec: OperationSpec
  readonly #byStatus = new Map<number, Serialize>()
  #event: Serialize | undefined

  constructor(spec: OperationSpec = {}) {
    this.#spec = spec
  }

  /** For answers with `status`; as the schema says, where one is declared. */
  forStatus(status: number): Serialize {
    let serialize = this.#byStatus.get(status)
    if (serialize === undefined) {
      serialize = serializerOf(this.#spec.responses?.[status] ?? undefined)
      this.#byStatus.set(status, serialize)
    }
    return serialize
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

/** @throws ServiceError `BAD_RESPONSE` for what JSON cannot say. */
export function toJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text !== undefined) return text
  throw new ServiceError(
    'BAD_RESPONSE',
    `The response is ${typeof value}, which JSON cannot say; answer without a body.`,
  )
}
