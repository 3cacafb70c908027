/**
 * modelSchema: the schema of some of a model's columns, for the slots of routes.
 *
 *   { column: facts, isRequired }* ─▶ JSON Schema │ validate: object ─▶ each member read from the wire ─▶ { value } │ { issues }
 *
 * Members that it does not know are left out of the value: what a model keeps for itself cannot be set by whoever sends it.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { type JsonSchema, jsonSchemaOf } from '../../../schema/json-schema.ts'
import type { Schema } from '../../../schema/schema.ts'
import type { ColumnFacts } from '../column.ts'
import { readWire, wireSchema } from './column-values.ts'

export interface SchemaMember {
  readonly name: string
  readonly facts: ColumnFacts
  readonly isRequired: boolean
}

type Issue = StandardSchemaV1.Issue & { readonly code: string }

export function modelSchema<Input, Output>(members: readonly SchemaMember[]): Schema<Input, Output> {
  const jsonSchema = objectSchema(members)
  const properties: StandardSchemaV1.Props<Input, Output> & StandardJSONSchemaV1.Props<Input, Output> = {
    version: 1,
    vendor: 'genever',
    validate: (value) =>
      read(value, members) as StandardSchemaV1.Result<Output> | Promise<StandardSchemaV1.Result<Output>>,
    jsonSchema: { input: () => jsonSchema, output: () => jsonSchema },
  }
  return { '~standard': properties }
}

function objectSchema(members: readonly SchemaMember[]): JsonSchema {
  const required = members.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(members.map(({ name, facts }) => [name, memberSchema(facts)])),
    ...(required.length > 0 && { required }),
  }
}

function memberSchema(facts: ColumnFacts): JsonSchema {
  const own = facts.schema === undefined ? undefined : jsonSchemaOf(facts.schema, 'input').schema
  if (own === undefined) return wireSchema(facts)
  return facts.isNullable ? { anyOf: [own, { type: 'null' }] } : own
}

function read(
  value: unknown,
  members: readonly SchemaMember[],
): StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { issues: [issue('invalid_type', 'an object', [])] }
  }
  const outcome = new ReadObject()
  for (const member of members) outcome.take(member, (value as Record<string, unknown>)[member.name])
  return outcome.result()
}

class ReadObject {
  readonly #value: Record<string, unknown> = {}
  readonly #issues: StandardSchemaV1.Issue[] = []
  readonly #waiting: Promise<void>[] = []

  take({ name, facts, isRequired }: SchemaMember, given: unknown): void {
    if (given === undefined) {
      if (isRequired) this.#issues.push(issue('required', 'a value', [name]))
      return
    }
    if (facts.schema !== undefined && !(given === null && facts.isNullable)) {
      this.#ask(name, facts.schema, given)
      return
    }
    const outcome = readWire(given, facts)
    if ('value' in outcome) this.#value[name] = outcome.value
    else this.#issues.push(issue(outcome.rule, outcome.expected, [name]))
  }

  /** A promise only where a column's own schema gave one. */
  result(): StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>> {
    const end = (): StandardSchemaV1.Result<unknown> =>
      this.#issues.length > 0 ? { issues: this.#issues } : { value: this.#value }
    return this.#waiting.length === 0 ? end() : Promise.all(this.#waiting).then(end)
  }

  #ask(name: string, schema: Schema, given: unknown): void {
    const keep = (result: StandardSchemaV1.Result<unknown>): void => {
      if (result.issues === undefined) this.#value[name] = result.value
      else for (const { path = [], ...rest } of result.issues) this.#issues.push({ ...rest, path: [name, ...path] })
    }
    const result = schema['~standard'].validate(given)
    if (result instanceof Promise) this.#waiting.push(result.then(keep))
    else keep(result)
  }
}

function issue(code: string, expected: string, path: readonly string[]): Issue {
  return { code, message: `expected ${expected}`, path }
}
