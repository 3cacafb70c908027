/**
 * Fallback: a lesser answer instead of none.
 *
 *   call ──ok──▶ result
 *     └─error─▶ is it an outage, and does somebody still wait? ──no──▶ throw it unchanged
 *                                └─yes─▶ value, or what answer(error) gives
 */

import { ServiceError } from '../foundation/errors/service-error.ts'
import { badPolicyError } from './bad-policy.ts'
import { outcomeOf } from './outcome.ts'
import { type CallScope, type Inside, NamedPolicy, type Policy } from './policy.ts'
import { RefusedError } from './refused-error.ts'

export type FallbackOptions<F> = FallbackConditions &
  (
    | { readonly value: F; readonly answer?: never }
    | { readonly answer: (error: unknown, scope: CallScope) => F | PromiseLike<F>; readonly value?: never }
  )

export interface FallbackConditions {
  /** Which errors are answered. Default: `isOutage`. */
  readonly when?: (error: unknown) => boolean
  readonly name?: string
}

/** Its answer becomes part of the call's type. @throws ServiceError BAD_POLICY without value and answer. */
export function fallback<F>(options: FallbackOptions<F>): Policy<F> {
  return new Fallback(options)
}

/** Failures, refusals and 429; not what the caller did wrong (404 stays 404), and not a caller who gave up. */
export function isOutage(error: unknown): boolean {
  if (error instanceof RefusedError) return true
  if (error instanceof ServiceError && error.status === 429) return true
  return outcomeOf(error) === 'failure'
}

class Fallback<F> extends NamedPolicy<F> {
  readonly #answer: (error: unknown, scope: CallScope) => F | PromiseLike<F>
  readonly #when: (error: unknown) => boolean

  constructor(options: FallbackOptions<F>) {
    if (!('value' in options || 'answer' in options)) throw badPolicyError('A fallback needs a value or an answer.')
    super('fallback', options.name)
    this.#answer = options.answer ?? (() => options.value as F)
    this.#when = options.when ?? isOutage
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T | F> {
    try {
      return await inside(scope)
    } catch (error) {
      if (scope.context.cancelled !== undefined || !this.#when(error)) throw error
      const lesser = await this.#answer(error, scope)
      this.tell(scope.key, { kind: 'degraded', error })
      return lesser
    }
  }
}
