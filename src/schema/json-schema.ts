/**
 * JSON Schema (2020-12) of a schema, for documents, coercion and serializers.
 *
 *   schema ─▶ `~standard.jsonSchema` ──┬─ exact ────────────────────────▶ { schema }
 *             (zod, arktype, TypeBox…) └─ throws ─▶ lenient ────────────▶ { schema, note }   unknown parts are open: `{}`
 *   any other, or it throws again ─────────────────────────────────────▶ { reason }
 *
 * What is found describes shape only. Libraries leave out refinements and transforms without a word, so that it may
 * decide how a value is read or written and never whether it is valid.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { defineSchema } from './internal/definitions.ts'
import type { Schema } from './schema.ts'

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

export type JsonSchemaResult =
  /** `note` tells what the schema does not say. */
  | { readonly schema: JsonSchema; readonly note?: string; readonly reason?: undefined }
  | { readonly schema?: undefined; readonly note?: undefined; readonly reason: string }

/** `input` is what is on the wire, `output` what validation makes of it. */
export type SchemaSide = 'input' | 'output'

const target = 'draft-2020-12'
/** How zod and valibot are asked to leave a part open rather than throw; each ignores the other's. */
const lenient = { unrepresentable: 'any', errorMode: 'ignore' }

const known = { input: new WeakMap<Schema, JsonSchemaResult>(), output: new WeakMap<Schema, JsonSchemaResult>() }

/** Never throws, and answers from memory the second time. The result is shared: do not change it. */
export function jsonSchemaOf(schema: Schema, side: SchemaSide): JsonSchemaResult {
  const before = known[side].get(schema)
  if (before !== undefined) return before
  const result = convert(schema, side)
  known[side].set(schema, result)
  return result
}

function convert(schema: Schema, side: SchemaSide): JsonSchemaResult {
  const { vendor, jsonSchema } = schema['~standard'] as StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props>
  if (jsonSchema === undefined) return { reason: `${vendor} gives no JSON Schema for this schema` }
  try {
    return { schema: withoutDialect(jsonSchema[side]({ target })) }
  } catch (cause) {
    return convertLeniently(jsonSchema, side, textOf(cause))
  }
}

function convertLeniently(converter: StandardJSONSchemaV1.Converter, side: SchemaSide, note: string): JsonSchemaResult {
  try {
    return { schema: withoutDialect(converter[side]({ target, libraryOptions: lenient })), note }
  } catch (cause) {
    return { reason: textOf(cause) }
  }
}

/** The dialect is this module's promise; inside a document it would only be in the way. */
function withoutDialect({ $schema, ...schema }: Record<string, unknown>): JsonSchema {
  return schema
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

export interface FromJsonSchemaOptions {
  /**
   * Says that `check` refuses what the JSON Schema refuses (2020-12, for values of JSON) and nothing else, as a function that
   * ajv compiled from it. Then values that a compiled check lets through are not put to `check`. False by default: `check`
   * may do more than the schema says.
   */
  readonly checksNothingElse?: boolean
}

/**
 * A schema from a JSON Schema and whatever checks it, such as a compiled ajv or TypeBox function. `check` returns the
 * issues it finds, none for a valid value, which is passed on as it is.
 *
 *   const Order = fromJsonSchema<Order>(orderSchema, (value) => (isOrder(value) ? [] : [{ message: 'is no order' }]))
 */
export function fromJsonSchema<T>(
  jsonSchema: JsonSchema,
  check: (value: unknown) => readonly StandardSchemaV1.Issue[],
  { checksNothingElse = false }: FromJsonSchemaOptions = {},
): Schema<T> {
  const properties: StandardSchemaV1.Props<T> & StandardJSONSchemaV1.Props<T> = {
    version: 1,
    vendor: 'json-schema',
    validate: (value) => {
      const issues = check(value)
      return issues.length === 0 ? { value: value as T } : { issues }
    },
    jsonSchema: { input: () => jsonSchema, output: () => jsonSchema },
  }
  const schema = { '~standard': properties }
  return checksNothingElse ? defineSchema(schema, jsonSchema) : schema
}
