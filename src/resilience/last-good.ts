/**
 * Last good: the answer of a moment ago instead of an error.
 *
 *   call ──ok──▶ kept under its key ─▶ result
 *     └─error─▶ an outage, and a kept answer that is not too old? ──no──▶ throw it unchanged
 *                                └─yes─▶ that one
 *
 * It is no cache: every call is made. What it keeps it gives back as it is, so one policy belongs around one kind of call.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { checkNumber } from './bad-policy.ts'
import { ownKey } from './breaker-options.ts'
import { isOutage } from './fallback.ts'
import { KeyedStates } from './keyed-states.ts'
import { type CallScope, type Inside, NamedPolicy, type Policy } from './policy.ts'

export interface LastGoodOptions {
  /** Older answers are not given any more. Too long, and people decide by what is long gone. Default 60,000. */
  maxAgeMs?: number
  /** What the answer depends on: different answers need different keys. Default: the key of the call. */
  keyOf?: (scope: CallScope) => string
  /** Answers kept. Default 1,000. */
  maxKeys?: number
  /** Default: `isOutage`. */
  when?: (error: unknown) => boolean
  clock?: Clock
  name?: string
}

/** @throws ServiceError BAD_POLICY for options out of range. */
export function lastGood(options: LastGoodOptions = {}): Policy {
  return new LastGood(options)
}

interface Kept {
  value: unknown
  keptMs: number
}

class LastGood extends NamedPolicy {
  readonly #kept: KeyedStates<Kept>
  readonly #maxAgeMs: number
  readonly #keyOf: (scope: CallScope) => string
  readonly #when: (error: unknown) => boolean
  readonly #clock: Clock

  constructor({
    maxAgeMs = 60_000,
    keyOf = ownKey,
    maxKeys = 1_000,
    when = isOutage,
    clock = systemClock,
    name,
  }: LastGoodOptions) {
    checkNumber('maxAgeMs', maxAgeMs, { min: 0 })
    checkNumber('maxKeys', maxKeys, { min: 1, whole: true })
    super('last-good', name)
    this.#maxAgeMs = maxAgeMs
    this.#keyOf = keyOf
    this.#when = when
    this.#clock = clock
    this.#kept = new KeyedStates<Kept>({
      maxKeys,
      create: () => ({ value: undefined, keptMs: Number.NEGATIVE_INFINITY }),
    })
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    const key = this.#keyOf(scope)
    try {
      const value = await inside(scope)
      const kept = this.#kept.get(key)
      kept.value = value
      kept.keptMs = this.#clock.monotonic()
      return value
    } catch (error) {
      const kept = this.#kept.peek(key)
      if (kept === undefined || this.#clock.monotonic() - kept.keptMs > this.#maxAgeMs) throw error
      if (scope.context.cancelled !== undefined || !this.#when(error)) throw error
      this.tell(key, { kind: 'degraded', error })
      // Kept by the same kind of call under the same key: that is what the policy asks of its user.
      return kept.value as T
    }
  }
}
