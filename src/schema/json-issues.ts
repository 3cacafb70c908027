/** What a value breaks of a JSON Schema, for the few keywords that shapes use. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { JsonSchema } from './json-schema.ts'

type Issue = StandardSchemaV1.Issue
type Path = readonly PropertyKey[]
type Check = (value: never, schema: JsonSchema, path: Path) => Issue[]

export function issuesOf(value: unknown, schema: JsonSchema, path: Path = []): Issue[] {
  const kind = schema.type
  if (typeof kind !== 'string') return []
  if (!isOfType(value, kind)) return [{ message: `expected ${kind}, got ${typeNameOf(value)}`, path }]
  const check = checks[kind]
  return check === undefined ? [] : check(value as never, schema, path)
}

const checks: Readonly<Record<string, Check>> = {
  string: (value: string, schema, path) => [
    ...(Array.isArray(schema.enum) && !schema.enum.includes(value)
      ? [{ message: `expected one of ${schema.enum.join(', ')}`, path }]
      : []),
    ...outside(value.length, [schema.minLength, schema.maxLength], 'a length', path),
    ...(typeof schema.pattern === 'string' && !new RegExp(schema.pattern, 'u').test(value)
      ? [{ message: `expected a text that matches ${schema.pattern}`, path }]
      : []),
  ],
  number: (value: number, { minimum, maximum }, path) => outside(value, [minimum, maximum], 'a number', path),
  integer: (value: number, { minimum, maximum }, path) => outside(value, [minimum, maximum], 'a whole number', path),
  array: (value: readonly unknown[], { items, maxItems }, path) => [
    ...outside(value.length, [undefined, maxItems], 'a length', path),
    ...(isSchema(items) ? value.slice(0, 100).flatMap((item, at) => issuesOf(item, items, [...path, at])) : []),
  ],
  object: (value: Readonly<Record<string, unknown>>, schema, path) => membersOf(value, schema, path),
}

function membersOf(value: Readonly<Record<string, unknown>>, schema: JsonSchema, path: Path): Issue[] {
  const { required, additionalProperties: others, maxProperties } = schema
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const names = Object.keys(value).filter((name) => value[name] !== undefined)
  const missing = (Array.isArray(required) ? required : []).filter((name) => value[name] === undefined)
  const issues = missing.map((name): Issue => ({ message: 'is missing', path: [...path, name] }))
  issues.push(...outside(names.length, [undefined, maxProperties], 'a count of members', path))
  for (const name of names.slice(0, 100)) {
    const member = Object.hasOwn(properties, name) ? properties[name] : others
    if (member === false) issues.push({ message: 'is not known here', path: [...path, name] })
    else if (isSchema(member)) issues.push(...issuesOf(value[name], member, [...path, name]))
  }
  return issues
}

function outside(size: number, [low, high]: readonly unknown[], what: string, path: Path): Issue[] {
  if (typeof low === 'number' && size < low) return [{ message: `expected ${what} of at least ${low}`, path }]
  if (typeof high === 'number' && size > high) return [{ message: `expected ${what} of at most ${high}`, path }]
  return []
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isSchema(value)
  return typeof value === type
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
