/**
 * Validators: a schema as one compiled check, where its library's own definition allows it.
 *
 *   value ─▶ compiled check ─▶ { value }
 *                └─ refused ─▶ the library ─▶ { value } │ { errors }     it has the last word, and the words
 *
 * The check is made from what the library itself reads, such as `_zod.def`, never from the JSON Schema that it prints: that
 * one leaves out refinements and transforms. One part that is not known to the last option, and the library runs for the
 * whole schema. What the check lets through, and what it makes of it, is what the library would have given.
 */
import type { FieldLocation } from './field-error.ts'
import { byLibrary } from './internal/by-library.ts'
import { type Check, refused } from './internal/check-source.ts'
import { type CompiledCheck, compileCheck } from './internal/compile-check.ts'
import type { OutputOf, Schema } from './schema.ts'
import type { Validated } from './validated.ts'

export interface Validator<T = unknown> {
  /**
   * Checks `value`, which stood in `location`. What the schema's own rules throw, or reject with, is passed on. Returns a
   * promise only if the library returns one. Errors are at most 100, in the library's order.
   */
  (value: unknown, location: FieldLocation): Validated<T> | Promise<Validated<T>>
  /** `compiled`, or `library` where the library does everything, see `notes`. */
  readonly mode: 'compiled' | 'library'
  /** Why the mode is not `compiled`. */
  readonly notes: readonly string[]
}

/** Reads the schema when it is first needed, and once. */
export function compileValidator<S extends Schema>(schema: S): Validator<OutputOf<S>> {
  let compiled: CompiledCheck | undefined
  const read = () => {
    compiled ??= compileCheck(schema)
    return compiled
  }
  let check: Check | undefined
  let isRead = false

  const validate = (value: unknown, location: FieldLocation) => {
    if (!isRead) {
      check = read().check
      isRead = true
    }
    const output = check === undefined ? refused : outputOf(check, value)
    return output === refused ? byLibrary(schema, value, location) : { value: output }
  }
  Object.defineProperties(validate, {
    mode: { get: () => (read().check === undefined ? 'library' : 'compiled'), enumerable: true },
    notes: { get: () => read().notes, enumerable: true },
  })
  return validate as Validator<OutputOf<S>>
}

/** A value that throws when it is read is the library's to judge. */
function outputOf(check: Check, value: unknown): unknown {
  try {
    return check(value)
  } catch {
    return refused
  }
}
