/**
 * Runs a zod schema once, whether its rules are asynchronous or not.
 *
 *   only rules of zod itself ──▶ `~standard.validate`: synchronous, compiled by zod
 *   functions of the user    ──▶ run as if asynchronous: no promise unless one of them returns one
 *
 * zod (seen in 4.6) first tries every schema synchronously. If a rule returns a promise it drops that promise and starts
 * again: a query for a unique name is asked twice, and when it fails the dropped promise is an unhandled rejection,
 * which ends the process. Nothing tells beforehand whether a function will return a promise, so schemas that hold one
 * take the other way.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Schema } from '../schema.ts'

/** The parts of zod that are open to authors of libraries. */
interface ZodSchema {
  readonly _zod: {
    readonly def: ZodDefinition
    run(payload: ZodPayload, context: { async: boolean }): ZodPayload | Promise<ZodPayload>
  }
}

interface ZodPayload {
  value: unknown
  issues: ZodIssue[]
}

interface ZodDefinition {
  readonly [key: string]: unknown
  readonly type?: unknown
  readonly check?: unknown
  readonly error?: ErrorMap
}

interface ZodIssue {
  readonly message?: string
  readonly path?: PropertyKey[]
  readonly inst?: { readonly _zod?: { readonly def?: ZodDefinition } }
  readonly schema?: { readonly _zod?: { readonly def?: ZodDefinition } }
}

type ErrorMap = (issue: ZodIssue) => string | { message: string } | null | undefined

type Result = StandardSchemaV1.Result<unknown>

const isOwn = new WeakMap<Schema, boolean>()

export function runZod(schema: Schema, value: unknown): Result | Promise<Result> {
  let hasOwnRulesOnly = isOwn.get(schema)
  if (hasOwnRulesOnly === undefined) {
    hasOwnRulesOnly = !isZod(schema) || holdsNoFunction(schema, new Set())
    isOwn.set(schema, hasOwnRulesOnly)
  }
  if (hasOwnRulesOnly) return schema['~standard'].validate(value)

  const payload = (schema as unknown as ZodSchema)._zod.run({ value, issues: [] }, { async: true })
  return payload instanceof Promise ? payload.then(toResult) : toResult(payload)
}

/** Types whose parsing never leaves zod, apart from the schemas inside them. */
const ownTypes = new Set(
  (
    'string number boolean bigint symbol null undefined void never any unknown date nan literal enum template_literal ' +
    'file object array tuple record map set union intersection optional nullable nonoptional default prefault catch ' +
    'readonly lazy pipe success'
  ).split(' '),
)

const ownChecks = new Set(
  (
    'less_than greater_than multiple_of number_format bigint_format max_size min_size size_equals max_length min_length ' +
    'length_equals string_format mime_type property overwrite'
  ).split(' '),
)

/** Where definitions keep the schemas and checks inside them. */
const childKeys =
  'shape element items rest options left right keyType valueType in out innerType catchall schema checks'.split(' ')

/** True only if every part is known; a part of a later zod counts as a function. */
function holdsNoFunction(part: ZodSchema, seen: Set<ZodSchema>): boolean {
  if (seen.has(part)) return true
  seen.add(part)
  const { def } = part._zod
  const isKnown = def.type === undefined ? ownChecks.has(String(def.check)) : ownTypes.has(String(def.type))
  // `fn` is a format of the user's, `transform` his codec.
  if (!isKnown || typeof def.fn === 'function' || typeof def.transform === 'function') return false
  if (typeof def.getter === 'function') return holdsNoFunction(def.getter() as ZodSchema, seen)
  return childKeys.every((key) => childrenIn(def[key]).every((child) => holdsNoFunction(child, seen)))
}

function childrenIn(member: unknown): ZodSchema[] {
  if (isZod(member)) return [member]
  if (member === null || typeof member !== 'object') return []
  return Object.values(member).filter(isZod)
}

function isZod(value: unknown): value is ZodSchema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return '_zod' in value
}

function toResult({ value, issues }: ZodPayload): Result {
  if (issues.length === 0) return { value }
  return { issues: issues.map((issue) => ({ ...issue, message: messageOf(issue) })) }
}

/** As zod finds it: the rule's own text, the schema's, the application's, the language's. */
function messageOf(issue: ZodIssue): string {
  const { customError, localeError } = zodConfig()
  const maps = [issue.inst?._zod?.def?.error, issue.schema?._zod?.def?.error, customError, localeError]
  return issue.message ?? maps.map((map) => textOf(map?.(issue))).find((text) => text !== undefined) ?? 'Invalid input'
}

function textOf(message: string | { message: string } | null | undefined): string | undefined {
  return typeof message === 'object' ? message?.message : message
}

function zodConfig(): { customError?: ErrorMap; localeError?: ErrorMap } {
  return (globalThis as { __zod_globalConfig?: object }).__zod_globalConfig ?? {}
}
