/** Schema: any validator that speaks Standard Schema: zod, valibot, arktype, … Types only; nothing is imported. */
import type { StandardSchemaV1 } from '@standard-schema/spec'

export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>

/** What goes in: the shape on the wire. */
export type InputOf<S extends Schema> = StandardSchemaV1.InferInput<S>

/** What comes out of validation: the shape that handlers see. */
export type OutputOf<S extends Schema> = StandardSchemaV1.InferOutput<S>
