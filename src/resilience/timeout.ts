/**
 * Timeout: an answer within so many milliseconds, or an error.
 *
 *   call(child context) ──in time──▶ result
 *         └─ the budget is over ─▶ the child is cancelled, CALL_TIMEOUT is thrown without waiting for the call
 *
 * Where the caller's own deadline is nearer, that one holds, and what is thrown is its DEADLINE_EXCEEDED.
 */
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { checkNumber } from './bad-policy.ts'
import { Expiring, ExpiryQueue } from './expiry-queue.ts'
import { type CallScope, type Inside, NamedPolicy, type Policy } from './policy.ts'

export interface TimeoutOptions {
  /** Time for one call. Too short, it kills calls that were about to succeed; too long, callers pile up. Default 1,000. */
  timeoutMs?: number
  name?: string
}

/** @throws ServiceError BAD_POLICY for a time that is not above 0. The policy throws CALL_TIMEOUT, which is retryable. */
export function timeout(options: TimeoutOptions = {}): Policy {
  return new Timeout(options)
}

class Timeout extends NamedPolicy {
  readonly #timeoutMs: number
  #queue = new ExpiryQueue(systemClock)

  constructor({ timeoutMs = 1_000, name }: TimeoutOptions) {
    checkNumber('timeoutMs', timeoutMs, { min: Number.MIN_VALUE })
    super('timeout', name)
    this.#timeoutMs = timeoutMs
  }

  run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    const outer = scope.context
    const reason = outer.cancelled
    if (reason !== undefined) return Promise.reject(reason)
    if (this.#queue.clock !== outer.clock) this.#queue = new ExpiryQueue(outer.clock)
    const limit = new LimitedCall<T>(outer, this.#queue, this.#timeoutMs, () =>
      this.tell(scope.key, { kind: 'timed-out', timeoutMs: this.#timeoutMs }),
    )
    return limit.run(scope, inside)
  }
}

/** One call with its limit. It ends once: by its outcome, by its time, or because its caller gave up. */
class LimitedCall<T> extends Expiring {
  readonly #outer: Context
  readonly #context: Context
  readonly #queue: ExpiryQueue
  readonly #timeoutMs: number
  readonly #timedOut: () => void
  readonly #outcome = Promise.withResolvers<T>()
  readonly #unwatch: () => void
  #isOver = false

  constructor(outer: Context, queue: ExpiryQueue, timeoutMs: number, timedOut: () => void) {
    super()
    this.#outer = outer
    this.#context = outer.child({ timeoutMs })
    this.#queue = queue
    this.#timeoutMs = timeoutMs
    this.#timedOut = timedOut
    // The caller's own end reaches the child through its parent; here it ends the waiting, should the call not listen.
    this.#unwatch = outer.onCancel((reason) => this.#fail(reason))
    queue.add(this, timeoutMs)
  }

  run(scope: CallScope, inside: Inside<T>): Promise<T> {
    this.#context.runWith(inside, { ...scope, context: this.#context }).then(
      (value) => this.#succeed(value),
      (error) => this.#thrown(error),
    )
    return this.#outcome.promise
  }

  expired(): void {
    const error = timeoutError(this.#timeoutMs)
    this.#fail(error)
    this.#timedOut()
    this.#context.cancel(error)
  }

  #succeed(value: T): void {
    if (!this.#end()) return
    this.#context.finish()
    this.#outcome.resolve(value)
  }

  /** The call may have noticed the end of its time before our timer did; then its error is the end of its time. */
  #thrown(error: unknown): void {
    if (this.#isOver) return
    const isLate = this.#context.cancelled !== undefined && this.#outer.cancelled === undefined
    if (isLate) {
      this.#queue.remove(this)
      this.expired()
    } else {
      this.#fail(error)
      this.#context.finish()
    }
  }

  #fail(error: unknown): void {
    if (this.#end()) this.#outcome.reject(error)
  }

  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#queue.remove(this)
    this.#unwatch()
    return true
  }
}

function timeoutError(timeoutMs: number): ServiceError {
  return new ServiceError('CALL_TIMEOUT', `The call took longer than its ${timeoutMs} ms.`, { status: 504 })
}
