/**
 * Bulkhead: so many calls at the same time, so many more in line, and nobody waits for ever. One slow dependency cannot take
 * all the memory and connections of its caller.
 *
 *   call ─▶ a place free? ──yes──▶ call ─▶ the next in line
 *                └─no─▶ room in the queue? ──no──▶ BULKHEAD_FULL
 *                            └─yes─▶ waits, at most queueTimeoutMs and never beyond its deadline
 */
import { Semaphore } from '../concurrency/semaphore.ts'
import { checkNumber } from './bad-policy.ts'
import { ownKey } from './breaker-options.ts'
import { KeyedStates } from './keyed-states.ts'
import { type CallScope, type Inside, NamedPolicy } from './policy.ts'
import { RefusedError } from './refused-error.ts'

export interface BulkheadOptions {
  /** Calls at the same time. Default 100. */
  maxConcurrent?: number
  /** Calls that wait for a place; 0 refuses at once. Default 100. */
  maxQueued?: number
  /** Default 1,000. */
  queueTimeoutMs?: number
  /** One bulkhead for each key. Default: the key of the call. */
  keyOf?: (scope: CallScope) => string
  /** Default 1,000. */
  maxKeys?: number
  name?: string
}

export interface BulkheadView {
  readonly key: string
  readonly running: number
  readonly queued: number
}

/** @throws ServiceError BAD_POLICY for options out of range. The policy throws BULKHEAD_FULL. */
export function bulkhead(options: BulkheadOptions = {}): Bulkhead {
  return new Bulkhead(options)
}

export class Bulkhead extends NamedPolicy {
  readonly #places: KeyedStates<Semaphore>
  readonly #maxQueued: number
  readonly #queueTimeoutMs: number
  readonly #keyOf: (scope: CallScope) => string

  /** Use `bulkhead()`. */
  constructor({
    maxConcurrent = 100,
    maxQueued = 100,
    queueTimeoutMs = 1_000,
    keyOf = ownKey,
    maxKeys = 1_000,
    name,
  }: BulkheadOptions) {
    checkNumber('maxConcurrent', maxConcurrent, { min: 1, whole: true })
    checkNumber('maxQueued', maxQueued, { min: 0, whole: true })
    checkNumber('queueTimeoutMs', queueTimeoutMs, { min: 0 })
    checkNumber('maxKeys', maxKeys, { min: 1, whole: true })
    super('bulkhead', name)
    this.#maxQueued = maxQueued
    this.#queueTimeoutMs = queueTimeoutMs
    this.#keyOf = keyOf
    this.#places = new KeyedStates({
      maxKeys,
      create: () => new Semaphore(maxConcurrent),
      isIdle: (places) => places.free === places.permits,
    })
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    const key = this.#keyOf(scope)
    const places = this.#places.get(key)
    if (!places.tryAcquire()) await this.#waitInLine(key, places, scope)
    try {
      return await inside(scope)
    } finally {
      places.release()
    }
  }

  states(): BulkheadView[] {
    return Array.from(this.#places.entries(), ([key, places]) => ({
      key,
      running: places.permits - places.free,
      queued: places.waiting,
    }))
  }

  async #waitInLine(key: string, places: Semaphore, scope: CallScope): Promise<void> {
    if (places.waiting >= this.#maxQueued) throw this.#refuse(key, 'its queue is full')
    const patience = scope.context.child({ timeoutMs: this.#queueTimeoutMs })
    try {
      await places.acquire(1, patience)
    } catch (error) {
      throw (
        scope.context.cancelled ??
        (patience.cancelled === error ? this.#refuse(key, 'no place came free in time') : error)
      )
    } finally {
      patience.finish()
    }
  }

  #refuse(key: string, why: string): RefusedError {
    const error = new RefusedError('BULKHEAD_FULL', `The bulkhead '${this.name}' is full: ${why}.`)
    this.tell(key, { kind: 'refused', error })
    return error
  }
}
