/** asExpression: a value, or an expression of Kysely, as a part of a statement. */
import { type RawBuilder, sql } from 'kysely'

export function asExpression(value: unknown): RawBuilder<unknown> {
  return isExpression(value) ? value : sql.val(value)
}

function isExpression(value: unknown): value is RawBuilder<unknown> {
  return typeof value === 'object' && value !== null && 'toOperationNode' in value
}
