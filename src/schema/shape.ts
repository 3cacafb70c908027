/**
 * Shapes: what requests to our own ports look like, as small schemas with their type.
 *
 *   object({ limit: optional(integer({ min: 1, max: 500 })) })
 *     ├─▶ type           { readonly limit?: number | undefined }
 *     ├─▶ JSON Schema    reads strings of a query, stands in OpenAPI
 *     └─▶ check          compiled from it; `issuesOf` words what is refused
 *
 * The contract needs no library: the package brings none, and the dashboard's browser loads these lines with it.
 */

import { issuesOf } from './json-issues.ts'
import { fromJsonSchema, type JsonSchema } from './json-schema.ts'
import type { OutputOf, Schema } from './schema.ts'

export type Shape<T> = Schema<T> & { readonly json: JsonSchema; readonly isOptional: boolean }

/** A member that may be missing. */
export type Optional<T> = Shape<T | undefined> & { readonly isOptional: true }

type Members = Readonly<Record<string, Shape<never> | Shape<unknown>>>
type OptionalNames<M extends Members> = {
  [K in keyof M]: M[K] extends { readonly isOptional: true } ? K : never
}[keyof M]
export type ObjectOf<M extends Members> = {
  readonly [K in Exclude<keyof M, OptionalNames<M>>]: OutputOf<M[K]>
} & { readonly [K in OptionalNames<M>]?: OutputOf<M[K]> }

export interface TextLimits {
  readonly min?: number
  readonly max: number
  /** Matches the whole text. */
  readonly pattern?: RegExp
}

export interface NumberLimits {
  readonly min?: number
  readonly max?: number
}

export function text({ min, max, pattern }: TextLimits): Shape<string> {
  return shapeOf({
    type: 'string',
    maxLength: max,
    ...(min !== undefined && { minLength: min }),
    ...(pattern !== undefined && { pattern: pattern.source }),
  })
}

export function integer(limits: NumberLimits): Shape<number> {
  return shapeOf({ type: 'integer', ...limitsOf(limits) })
}

export function number(limits: NumberLimits): Shape<number> {
  return shapeOf({ type: 'number', ...limitsOf(limits) })
}

export function flag(): Shape<boolean> {
  return shapeOf({ type: 'boolean' })
}

export function oneOf<const V extends string>(...values: readonly V[]): Shape<V> {
  return shapeOf({ type: 'string', enum: values })
}

export function list<T>(item: Shape<T>, { max }: { readonly max: number }): Shape<readonly T[]> {
  return shapeOf({ type: 'array', items: item.json, maxItems: max })
}

/** Texts by name, such as headers. */
export function texts({
  max,
  maxMembers,
}: {
  readonly max: number
  readonly maxMembers: number
}): Shape<Readonly<Record<string, string>>> {
  return shapeOf({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: max },
    maxProperties: maxMembers,
  })
}

/** An object of which somebody else knows what it must be. */
export function anyObject({ maxMembers }: { readonly maxMembers: number }): Shape<Readonly<Record<string, unknown>>> {
  return shapeOf({ type: 'object', maxProperties: maxMembers })
}

/** Members that were not declared are refused. */
export function object<const M extends Members>(members: M): Shape<ObjectOf<M>> {
  const entries = Object.entries(members)
  return shapeOf({
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, { json }]) => [name, json])),
    required: entries.filter(([, { isOptional }]) => !isOptional).map(([name]) => name),
    additionalProperties: false,
  })
}

export function optional<T>({ json }: Shape<T>): Optional<T> {
  return { ...shapeOf<T | undefined>(json), isOptional: true }
}

/** What we answer ourselves: our own words, which nobody need check. */
export function answer<T>(): Schema<T> {
  return fromJsonSchema<T>({}, () => [])
}

function shapeOf<T>(json: JsonSchema): Shape<T> {
  return { ...fromJsonSchema<T>(json, (value) => issuesOf(value, json)), json, isOptional: false }
}

function limitsOf({ min, max }: NumberLimits): JsonSchema {
  return { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) }
}
