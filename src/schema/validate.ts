/** Validation: a value against a schema of any library that speaks Standard Schema. */
import type { FieldLocation } from './field-error.ts'
import { byLibrary } from './internal/by-library.ts'
import type { OutputOf, Schema } from './schema.ts'
import type { Validated } from './validated.ts'
import { compileValidator, type Validator } from './validator.ts'

export type { Validated } from './validated.ts'

/** A schema that is met once is not worth compiling: undefined stands for those. */
const validators = new WeakMap<Schema, Validator | undefined>()

/**
 * Checks `value`, which stood in `location`. What the schema's own rules throw, or reject with, is passed on.
 *
 * Returns a promise only if the library returns one. Errors are at most 100, in the library's order. A schema that is met
 * again is compiled, as with `compileValidator`; with one at hand, that is quicker.
 */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
  location: FieldLocation,
): Validated<OutputOf<S>> | Promise<Validated<OutputOf<S>>> {
  const validator = validators.get(schema) ?? validatorOf(schema)
  const outcome = validator === undefined ? byLibrary(schema, value, location) : validator(value, location)
  return outcome as Validated<OutputOf<S>> | Promise<Validated<OutputOf<S>>>
}

function validatorOf(schema: Schema): Validator | undefined {
  const validator = validators.has(schema) ? compileValidator(schema) : undefined
  validators.set(schema, validator)
  return validator
}
