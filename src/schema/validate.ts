/**
 * Validation: a value against a schema of any library that speaks Standard Schema.
 *
 *   value ─▶ the library ─▶ { value }                              synchronous if the library is;
 *                     └───▶ issues ─▶ FieldError[] ─▶ { errors }   business rules may be async
 *
 * All errors are collected, and none of them repeats what was sent: a password that is too short stays a secret.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { FieldError, FieldLocation } from './field-error.ts'
import { speakable } from './internal/issue-message.ts'
import { runZod } from './internal/run-zod.ts'
import type { OutputOf, Schema } from './schema.ts'

export type Validated<T> =
  | { readonly value: T; readonly errors?: undefined }
  | { readonly value?: unknown; readonly errors: readonly FieldError[] }

/** More than these are not reported: they help nobody and a hostile body could ask for a million. */
const maxErrors = 100
const maxPathLength = 256

/** What libraries add to a standard issue: zod its `code`, as arktype does, valibot its `type`. */
interface NamedIssue extends StandardSchemaV1.Issue {
  readonly code?: unknown
  readonly type?: unknown
}

/**
 * Checks `value`, which stood in `location`. What the schema's own rules throw, or reject with, is passed on.
 *
 * Returns a promise only if the library returns one. Errors are at most 100, in the library's order.
 */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
  location: FieldLocation,
): Validated<OutputOf<S>> | Promise<Validated<OutputOf<S>>> {
  const standard = schema['~standard']
  // zod's own `validate` runs asynchronous rules twice, and a rule that fails then takes the process down.
  const result = standard.vendor === 'zod' ? runZod(schema, value) : standard.validate(value)
  if (result instanceof Promise) {
    return result.then((settled) => toValidated<OutputOf<S>>(settled, value, location))
  }
  return toValidated<OutputOf<S>>(result, value, location)
}

function toValidated<T>(
  result: StandardSchemaV1.Result<unknown>,
  input: unknown,
  location: FieldLocation,
): Validated<T> {
  // A library's success is `{ value }` already.
  if (result.issues === undefined) return result as { value: T }
  return { errors: result.issues.slice(0, maxErrors).map((issue) => toFieldError(issue, input, location)) }
}

function toFieldError(issue: NamedIssue, input: unknown, location: FieldLocation): FieldError {
  const keys = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
  return { in: location, path: toPointer(keys), rule: ruleOf(issue), message: speakable(issue, keys, input) }
}

function ruleOf({ code, type }: NamedIssue): string {
  if (typeof code === 'string' && code !== '') return code
  return typeof type === 'string' && type !== '' ? type : 'invalid'
}

/** RFC 6901. Names in records are the sender's, so that the length has an end. */
function toPointer(keys: readonly PropertyKey[]): string {
  let pointer = ''
  for (const key of keys) {
    pointer += `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (pointer.length > maxPathLength) return `${pointer.slice(0, maxPathLength)}…`
  }
  return pointer
}
