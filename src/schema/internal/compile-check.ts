/** From a schema to its compiled check, by the reader of its library. */
import type { Schema } from '../schema.ts'
import { type AllowList, NotCompiled } from './allow-list.ts'
import type { Plan } from './check-plan.ts'
import { type Check, checkOf } from './check-source.ts'
import { readJsonSchema, readTypeBox } from './read-json-schema.ts'
import { readValibot } from './read-valibot.ts'
import { readZod } from './read-zod.ts'

export interface CompiledCheck {
  /** Undefined where the library does everything. */
  readonly check: Check | undefined
  /** Why there is no check. */
  readonly notes: readonly string[]
}

const readers: Readonly<Record<string, (schema: Schema, allowed?: AllowList) => Plan>> = {
  zod: readZod,
  valibot: readValibot,
  typebox: readTypeBox,
  'json-schema': readJsonSchema,
}

/** Never throws. `allowed` is for tests. */
export function compileCheck(schema: Schema, allowed?: AllowList): CompiledCheck {
  const { vendor } = schema['~standard']
  const read = Object.hasOwn(readers, vendor) ? readers[vendor] : undefined
  if (read === undefined) return { check: undefined, notes: [`no definition of ${vendor} is read`] }
  try {
    return { check: checkOf(read(schema, allowed)), notes: [] }
  } catch (error) {
    return { check: undefined, notes: [noteOf(error)] }
  }
}

/** Definitions are read through code of the library and of the user, which may throw anything. */
function noteOf(error: unknown): string {
  if (error instanceof NotCompiled) return error.message
  if (error instanceof EvalError) return 'this process forbids code from strings'
  return `the definition cannot be read: ${error instanceof Error ? error.message : String(error)}`
}
