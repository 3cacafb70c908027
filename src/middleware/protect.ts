/**
 * protect: policies of `genever/resilience` around whatever is inside, for one route or a group.
 *
 *   app.get('/report', protect(bulkhead({ maxConcurrent: 4 }), breaker()), …)
 *
 *   request ─▶ bulkhead ─▶ breaker ─▶ handler      refused: 503 with `Retry-After`, as the policy says
 *
 * A request can be handled once: retry and hedge belong around calls to others, and the time limit of a handler is `timeout`.
 */
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'
import { badPolicyError } from '../resilience/bad-policy.ts'
import { NamedPolicy, type Policy, policy } from '../resilience/policy.ts'

const notForHandlers = new Set(['retry', 'hedge', 'timeout'])

/**
 * What the handler throws is a failure for a breaker; an answer, whatever its status, is none. The key of the policies is the tenant,
 * or empty.
 *
 * @throws ServiceError `BAD_POLICY` for retry, hedge and timeout.
 */
export function protect(...policies: readonly Policy[]): Middleware {
  for (const each of policies) {
    if (each instanceof NamedPolicy && notForHandlers.has(each.kind)) {
      throw badPolicyError(
        `A ${each.kind} policy cannot stand around a handler; give it to calls to others, and a handler the timeout layer.`,
      )
    }
  }
  const onion = policy(...policies)
  return function protect(c: HttpContext, next) {
    return onion(() => next(), { key: c.tenant ?? '', idempotent: false, context: c.context })
  }
}
