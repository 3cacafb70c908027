/** What comes with a call of a saga: its key, the same at every attempt, and a token that grows with every process that owns the saga. */
import type { SagaContext } from 'genever/transaction'
import { z } from 'zod'

export const Fenced = z.object({
  'idempotency-key': z.string().min(1).max(200),
  'x-fencing-token': z.coerce.number().int().min(1),
})
export type Fenced = z.infer<typeof Fenced>

/** The headers of a step's call. */
export function fencedBy({ key, token }: Pick<SagaContext<unknown, unknown>, 'key' | 'token'>): Fenced {
  return { 'idempotency-key': key, 'x-fencing-token': token }
}
