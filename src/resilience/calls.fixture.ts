/** Calls that fail as told, for the tests of policies. */
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Policy } from './policy.ts'
import type { PolicyEvent } from './policy-event.ts'

export const down: ServiceError = new ServiceError('DOWN', 'It is down.', { status: 503 })
export const wrong: ServiceError = new ServiceError('WRONG', 'That is wrong.', { status: 400 })
export const busy: ServiceError = new ServiceError('BUSY', 'Too many.', { status: 429, details: { retryAfterMs: 400 } })

/** A call that throws the errors in turn and then answers with the number of calls that were made. */
export function failing(...errors: unknown[]): { (): Promise<number>; made: number } {
  const call = async (): Promise<number> => {
    call.made++
    if (errors.length > 0) throw errors.shift()
    return call.made
  }
  call.made = 0
  return call
}

/** Never ends by itself; ends with its context. */
export function hanging(context: Context): Promise<never> {
  return new Promise((_, reject) => context.onCancel(reject))
}

/** A clock, a context on it, and what the policy tells. */
export function stage(timeoutMs?: number): { clock: ManualClock; context: Context } {
  const clock = new ManualClock()
  return { clock, context: new Context({ clock, timeoutMs }) }
}

export function kindsOf(policy: Policy<unknown>): string[] {
  const kinds: string[] = []
  policy.onEvent((event: PolicyEvent) => kinds.push(event.kind))
  return kinds
}

/** What happened to a promise so far. */
export function outcomeOfPromise<T>(promise: Promise<T>): { value?: T; code?: string } {
  const outcome: { value?: T; code?: string } = {}
  promise.then(
    (value) => {
      outcome.value = value
    },
    (error) => {
      outcome.code = error.code ?? String(error)
    },
  )
  return outcome
}
