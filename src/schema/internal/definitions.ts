/** What schemas were made from, where they were made here: readers find it behind the Standard Schema. */
import type { Schema } from '../schema.ts'

const definitions = new WeakMap<Schema, object>()

export function defineSchema<S extends Schema>(schema: S, definition: object): S {
  definitions.set(schema, definition)
  return schema
}

export function definitionOf(schema: Schema): object | undefined {
  return definitions.get(schema)
}
