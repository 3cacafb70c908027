/**
 * Idempotency: a request that is sent again under its key has its effect once, and gets the same answer.
 *
 *   Idempotency-Key ─▶ claim ─ new ─▶ transaction { handler + answer } ─▶ answer
 *                        ├─ answered ─▶ the same answer, `Idempotent-Replayed: true`
 *                        ├─ under way ─▶ wait, or 409
 *                        └─ another request under this key ─▶ 422
 */

export { idempotencyTables } from './idempotency-tables.ts'
export { type IdempotencyAttempt, type IdempotencyState, type IdempotentOptions, idempotent } from './idempotent.ts'
