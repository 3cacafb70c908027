/**
 * Schema: values from outside checked, values to outside reduced to what was declared.
 *
 *   body   bytes ─▶ parseJson ───┐
 *                                ├─▶ validate ─▶ { value } │ { errors: FieldError[] }
 *   query  strings ─▶ coercer ───┘
 *   answer value ─▶ serializer ─▶ JSON text
 *                └▶ encoder ────▶ the same as bytes, in one pass
 *
 * Schemas are those of any library that speaks Standard Schema. Its JSON Schema decides how strings are read and answers
 * written. Whether a value is valid, the library decides: by itself, or by a check that is compiled from its own definition.
 */
export { type Coercer, compileCoercer, type RawRecord } from './coerce.ts'
export { compileEncoder, type Encoder } from './encoder.ts'
export type { FieldError, FieldLocation } from './field-error.ts'
export { defaultJsonLimits, type JsonLimits, parseJson } from './json.ts'
export {
  type FromJsonSchemaOptions,
  fromJsonSchema,
  type JsonSchema,
  type JsonSchemaResult,
  jsonSchemaOf,
  type SchemaSide,
} from './json-schema.ts'
export type { InputOf, OutputOf, Schema } from './schema.ts'
export { compileSerializer, type Serializer } from './serializer.ts'
export { fromTypeBox, type TypeBoxError, type TypeBoxLibrary } from './type-box.ts'
export { type Validated, validate } from './validate.ts'
export { compileValidator, type Validator } from './validator.ts'
