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
import { jsonSchemaOf } from '../../schema/json-schema.ts'
import { propertiesOf, resolve } from '../../schema/json-schema-node.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Validated } from '../../schema/validated.ts'
import { compileValidator, type Validator } from '../../schema/validator.ts'
import { type Call, Input } from '../internal/call.ts'
import { QueryReader } from '../request/query-reader.ts'
import { readBody } from './body.ts'
import { readForm } from './form.ts'

/** Fills `call.input`; without a promise if the body has arrived and no rule is asynchronous. */
export type Binder = (call: Call) => undefined | Promise<void>

/** Undefined for a spec without schemas for the request. */
export function compileBinder(spec: OperationSpec): Binder | undefined {
  const parts = partsOf(spec)
  if (parts.length === 0) return undefined
  return (call) => {
    const input = new Input()
    let errors: readonly FieldError[] | undefined
    for (let i = 0; i < parts.length; i++) {
      const { location, read, validate } = parts[i] as Part
      const raw = read(call)
      const result = raw instanceof Promise ? raw.then((value) => validate(value, location)) : validate(raw, location)
      if (result instanceof Promise) return new Binding(call, input, errors).bindRest(result, parts.slice(i))
      if (result.errors === undefined) input[location] = result.value
      else errors = errors === undefined ? result.errors : errors.concat(result.errors)
    }
    return finish(call, input, errors)
  }
}

interface Part {
  readonly location: FieldLocation
  readonly validate: Validator
  /** May give a promise; without it everything goes on at once. */
  readonly read: (call: Call) => unknown
}

function partsOf({ params, query, headers, cookies, body, form }: OperationSpec): Part[] {
  const parts: Part[] = []
  if (params !== undefined) parts.push(recordPart('params', params, ({ raw }) => raw.params))
  if (query !== undefined) parts.push(recordPart('query', query, queryReaderFor(query)))
  if (headers !== undefined) parts.push(recordPart('headers', headers, ({ raw }) => raw.headers))
  if (cookies !== undefined) parts.push(recordPart('cookies', cookies, ({ raw }) => raw.cookies))
  if (body !== undefined) parts.push({ location: 'body', validate: compileValidator(body), read: readBody })
  if (form !== undefined) parts.push(formPart(form))
  return parts
}

/** Where values are strings on the wire, they become what the schema asks for. */
function recordPart(location: FieldLocation, schema: Schema, readRaw: (call: Call) => RawRecord): Part {
  const coerce = compileCoercer(schema)
  return { location, validate: compileValidator(schema), read: (call) => coerce(readRaw(call)) }
}

/** Names that are declared are known before they come. */
function queryReaderFor(schema: Schema): (call: Call) => RawRecord {
  const { schema: root } = jsonSchemaOf(schema, 'input')
  const node = root === undefined ? undefined : resolve(root, root)
  const names = node === undefined ? [] : Array.from(propertiesOf(node), ([name]) => name)
  const reader = new QueryReader(names)
  return ({ exchange, settings }) => reader.read(exchange, settings.limits.maxQueryPairs)
}

function formPart(schema: Schema): Part {
  const coerce = compileCoercer(schema)
  const read = (call: Call) => {
    const raw = readForm(call)
    return raw instanceof Promise ? raw.then(coerce) : coerce(raw)
  }
  return { location: 'form', validate: compileValidator(schema), read }
}

/** The rest of a binding that has to wait. */
class Binding {
  readonly #call: Call
  readonly #input: Input
  #errors: readonly FieldError[] | undefined

  constructor(call: Call, input: Input, errors: readonly FieldError[] | undefined) {
    this.#call = call
    this.#input = input
    this.#errors = errors
  }

  /** `parts` begin with the one whose result is pending. */
  async bindRest(pending: Promise<Validated<unknown>>, [first, ...rest]: readonly Part[]): Promise<void> {
    this.#take((first as Part).location, await pending)
    for (const { location, validate, read } of rest) {
      this.#take(location, await validate(await read(this.#call), location))
    }
    finish(this.#call, this.#input, this.#errors)
  }

  #take(location: FieldLocation, { value, errors }: Validated<unknown>): void {
    if (errors === undefined) this.#input[location] = value
    else this.#errors = [...(this.#errors ?? []), ...errors]
  }
}

/** @throws ServiceError `VALIDATION_FAILED` (400) with all errors. */
function finish(call: Call, input: Input, errors: readonly FieldError[] | undefined): undefined {
  if (errors !== undefined) throw validationFailed(errors)
  call.input = input
}

function validationFailed(errors: readonly FieldError[]): ServiceError {
  const where = [...new Set(errors.map((error) => error.in))].join(', ')
  const count = errors.length === 1 ? 'One value is' : `${errors.length} values are`
  return new ServiceError('VALIDATION_FAILED', `${count} not as this operation expects (${where}); see errors.`, {
    status: 400,
    details: { errors },
  })
}
