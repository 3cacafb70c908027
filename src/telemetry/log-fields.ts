/** Log fields of the running work: set once, they stand in every line that is logged below, through every await. */
import { Context, currentContext } from '../foundation/context/context.ts'
import { ContextKey } from '../foundation/context/context-key.ts'
import type { LogFields } from './logger.ts'

/** Where the fields stand in a `Context`. */
export const contextLogFields: ContextKey<LogFields> = new ContextKey<LogFields>('log fields')

/** Runs `work` in a child context whose log lines carry `fields`, besides those that are set already. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  const context = new Context({ parent: currentContext() })
  addLogFields(context, fields)
  return context.run(work)
}

/** Adds `fields` to the log lines of `context` and of the contexts below it; a field of the same name is replaced. */
export function addLogFields(context: Context, fields: LogFields): void {
  const inherited = context.get(contextLogFields)
  context.set(contextLogFields, inherited === undefined ? fields : { ...inherited, ...fields })
}
