/**
 * Singleflight: callers who want the same thing at the same time share one call.
 *
 *   do('user:7') ─▶ nobody is asking? ─▶ the work runs ─▶ all have its outcome
 *   do('user:7') ─▶ somebody is ──────────────▲
 *
 * Each caller may give up by itself. The work is cancelled when nobody waits for it any more, and not before: it runs in a
 * context with the values of the first caller, but not with that caller's deadline.
 */
import { Context, currentContext } from '../foundation/context/context.ts'
import type { ContextKey } from '../foundation/context/context-key.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'

export class Singleflight<K, T> {
  readonly #flights = new Map<K, Flight<T>>()

  /** Keys that are being worked on. */
  get size(): number {
    return this.#flights.size
  }

  /** @throws what `work` throws; why the caller's context (default: the current one) was cancelled while it waited. */
  do(key: K, work: (context: Context) => T | Promise<T>, context: Context | undefined = currentContext()): Promise<T> {
    const reason = context?.cancelled
    if (reason !== undefined) return Promise.reject(reason)
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying.join(context)
    const flight = new Flight<T>(context, () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    const outcome = flight.join(context)
    flight.start(work)
    return outcome
  }

  /** The next call works anew, even while one is still going on; who waits for that one still has its outcome. */
  forget(key: K): void {
    this.#flights.delete(key)
  }
}

class Flight<T> {
  readonly #context: SharedContext
  readonly #leaveMap: () => void
  readonly #callers = new WaitQueue<Caller<T>>('Singleflight.do')
  #hasLanded = false

  constructor(first: Context | undefined, leaveMap: () => void) {
    this.#context = new SharedContext(first)
    this.#leaveMap = leaveMap
  }

  start(work: (context: Context) => T | Promise<T>): void {
    void this.#context.run(async () => {
      try {
        const value = await work(this.#context)
        this.#land((caller) => caller.resolve(value))
      } catch (error) {
        this.#land((caller) => caller.fail(error as Error))
      }
    })
  }

  join(context: Context | undefined): Promise<T> {
    const caller = new Caller<T>(() => this.#leftOne())
    this.#callers.pushUntilCancelled(caller, context)
    return caller.promise
  }

  #land(tell: (caller: Caller<T>) => void): void {
    this.#hasLanded = true
    this.#leaveMap()
    for (let caller = this.#callers.shift(); caller !== undefined; caller = this.#callers.shift()) tell(caller)
    this.#context.finish()
  }

  #leftOne(): void {
    if (this.#hasLanded || this.#callers.length > 0) return
    this.#leaveMap()
    this.#context.cancel(nobodyWaits())
  }
}

class Caller<T> extends PromiseWaiter<T> {
  readonly #left: () => void

  constructor(left: () => void) {
    super()
    this.#left = left
  }

  override fail(error: Error): void {
    super.fail(error)
    this.#left()
  }
}

/** The values of the first caller without its cancellation. */
class SharedContext extends Context {
  readonly #values: Context | undefined

  constructor(values: Context | undefined) {
    super(values === undefined ? {} : { clock: values.clock })
    this.#values = values
  }

  override get<V>(key: ContextKey<V>): V | undefined {
    return super.get(key) ?? this.#values?.get(key)
  }
}

function nobodyWaits(): ServiceError {
  return new ServiceError('CANCELLED', 'Nobody waits for this work any more.', { status: 499 })
}
