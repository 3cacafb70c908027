/**
 * Types of TypeBox as schemas. TypeBox speaks no Standard Schema; its two functions that check are given here, so that
 * nothing is imported.
 *
 *   import * as Value from 'typebox/value'
 *   const Order = fromTypeBox<Type.Static<typeof OrderType>>(OrderType, Value)
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { defineSchema } from './internal/definitions.ts'
import type { JsonSchema } from './json-schema.ts'
import type { Schema } from './schema.ts'

/** What `typebox/value` has. */
export interface TypeBoxLibrary {
  Check(type: never, value: unknown): boolean
  Errors(type: never, value: unknown): Iterable<TypeBoxError>
}

export interface TypeBoxError {
  readonly keyword?: string
  /** A JSON Pointer. */
  readonly instancePath: string
  readonly message: string
}

/** A value that passes is passed on as it is: defaults and codecs are not applied. */
export function fromTypeBox<T>(type: object, library: TypeBoxLibrary): Schema<T> {
  const properties: StandardSchemaV1.Props<T> & StandardJSONSchemaV1.Props<T> = {
    version: 1,
    vendor: 'typebox',
    validate: (value) => {
      if (library.Check(type as never, value)) return { value: value as T }
      return { issues: Array.from(library.Errors(type as never, value), toIssue) }
    },
    jsonSchema: { input: () => type as JsonSchema, output: () => type as JsonSchema },
  }
  return defineSchema({ '~standard': properties }, type)
}

function toIssue({ keyword, instancePath, message }: TypeBoxError): StandardSchemaV1.Issue & { code?: string } {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  return { message, path, ...(keyword !== undefined && { code: keyword }) }
}
