/**
 * A value, checked by the library that its schema comes from.
 *
 *   value ─▶ the library ─▶ { value }                              synchronous if the library is;
 *                     └───▶ issues ─▶ FieldError[] ─▶ { errors }   business rules may be async
 *
 * All errors are collected, and none of them repeats what was sent: a password that is too short stays a secret.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { FieldError, FieldLocation } from '../field-error.ts'
import type { Schema } from '../schema.ts'
import type { Validated } from '../validated.ts'
import { speakable } from './issue-message.ts'
import { runZod } from './run-zod.ts'

/** More than these are not reported: they help nobody and a hostile body could ask for a million. */
const maxErrors = 100
const maxPathLength = 256

/** What libraries add to a standard issue: zod its `code`, as arktype does, valibot its `type`. */
interface NamedIssue extends StandardSchemaV1.Issue {
  readonly code?: unknown
  readonly type?: unknown
}

/** Returns a promise only if the library returns one. What the schema's own rules throw, or reject with, is passed on. */
export function byLibrary(
  schema: Schema,
  value: unknown,
  location: FieldLocation,
): Validated<unknown> | Promise<Validated<unknown>> {
  const standard = schema['~standard']
  // zod's own `validate` runs asynchronous rules twice, and a rule that fails then takes the process down.
  const result = standard.vendor === 'zod' ? runZod(schema, value) : standard.validate(value)
  if (result instanceof Promise) return result.then((settled) => toValidated(settled, value, location))
  return toValidated(result, value, location)
}

function toValidated(
  result: StandardSchemaV1.Result<unknown>,
  input: unknown,
  location: FieldLocation,
): Validated<unknown> {
  // A library's success is `{ value }` already.
  if (result.issues === undefined) return result
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
