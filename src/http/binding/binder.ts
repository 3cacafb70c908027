/**
 * Binder: a route's schemas, put to a request.
 *
 *   params query headers cookies ──▶ coerce ─┐
 *   body ─▶ codec ───────────────────────────┼─▶ validate each ─▶ call.input
 *   form ─▶ urlencoded │ multipart ─▶ coerce ┘        └─ any errors ─▶ one 400 with all of them
 *
 * Everything is checked before the answer, so that a caller learns of all errors at once. A body that cannot be read at
 * all (no JSON, too large, unknown type) is answered for itself.
 */
import type { OperationSpec } from '../../api/operation.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { compileCoercer, type RawRecord } from '../../schema/coerce.ts'
import type { FieldError, FieldLocation } from '../../schema/field-error.ts'
import type { Schema } from '../../schema/schema.ts'
import { type Validated, validate } from '../../schema/validate.ts'
import type { Call, Input } from '../internal/call.ts'
import { readBody } from './body.ts'
import { readForm } from './form.ts'

/** Fills `call.input`; without a promise if the body has arrived and no rule is asynchronous. */
export type Binder = (call: Call) => undefined | Promise<void>

/** Undefined for a spec without schemas for the request. */
export function compileBinder(spec: OperationSpec): Binder | undefined {
  const parts = partsOf(spec)
  if (parts.length === 0) return undefined
  return (call) => {
    const binding = new Binding(call)
    for (let i = 0; i < parts.length; i++) {
      const pending = binding.bind(parts[i] as Part)
      if (pending !== undefined) return bindRest(binding, pending, parts.slice(i + 1))
    }
    return binding.finish()
  }
}

async function bindRest(binding: Binding, pending: Promise<void>, rest: readonly Part[]): Promise<void> {
  await pending
  for (const part of rest) await binding.bind(part)
  binding.finish()
}

interface Part {
  readonly location: FieldLocation
  readonly schema: Schema
  /** May give a promise; without it everything goes on at once. */
  readonly read: (call: Call) => unknown
}

function partsOf({ params, query, headers, cookies, body, form }: OperationSpec): Part[] {
  const parts: Part[] = []
  if (params !== undefined) parts.push(recordPart('params', params, ({ raw }) => raw.params))
  if (query !== undefined) parts.push(recordPart('query', query, ({ raw }) => raw.queries))
  if (headers !== undefined) parts.push(recordPart('headers', headers, ({ raw }) => raw.headers))
  if (cookies !== undefined) parts.push(recordPart('cookies', cookies, ({ raw }) => raw.cookies))
  if (body !== undefined) parts.push({ location: 'body', schema: body, read: readBody })
  if (form !== undefined) parts.push(formPart(form))
  return parts
}

/** Where values are strings on the wire, they become what the schema asks for. */
function recordPart(location: FieldLocation, schema: Schema, readRaw: (call: Call) => RawRecord): Part {
  const coerce = compileCoercer(schema)
  return { location, schema, read: (call) => coerce(readRaw(call)) }
}

function formPart(schema: Schema): Part {
  const coerce = compileCoercer(schema)
  const read = (call: Call) => {
    const raw = readForm(call)
    return raw instanceof Promise ? raw.then(coerce) : coerce(raw)
  }
  return { location: 'form', schema, read }
}

/** What was found so far in one request. */
class Binding {
  readonly #call: Call
  readonly #input: Input = {}
  #errors: FieldError[] | undefined

  constructor(call: Call) {
    this.#call = call
  }

  bind({ location, schema, read }: Part): undefined | Promise<void> {
    const raw = read(this.#call)
    const result =
      raw instanceof Promise ? raw.then((value) => validate(schema, value, location)) : validate(schema, raw, location)
    if (result instanceof Promise) return result.then((settled) => this.#take(location, settled))
    return this.#take(location, result)
  }

  /** @throws ServiceError `VALIDATION_FAILED` (400) with all errors. */
  finish(): undefined {
    if (this.#errors !== undefined) throw validationFailed(this.#errors)
    this.#call.input = this.#input
  }

  #take(location: FieldLocation, { value, errors }: Validated<unknown>): undefined {
    if (errors === undefined) this.#input[location] = value
    else this.#errors = this.#errors === undefined ? [...errors] : this.#errors.concat(errors)
  }
}

function validationFailed(errors: readonly FieldError[]): ServiceError {
  const where = [...new Set(errors.map((error) => error.in))].join(', ')
  const count = errors.length === 1 ? 'One value is' : `${errors.length} values are`
  return new ServiceError('VALIDATION_FAILED', `${count} not as this operation expects (${where}); see errors.`, {
    status: 400,
    details: { errors },
  })
}
