/**
 * Policy: one layer around any call, and the onion of several.
 *
 *   policy(retry(), breaker(), timeout())(call)
 *
 *   caller ─▶ retry ─▶ breaker ─▶ timeout ─▶ call(context)
 *                                   └─ narrows the context: whatever is below sees the nearer deadline
 *
 * The first policy is the outermost. A policy is an object: where it stands in two onions, both share its state.
 */
import { Context, currentContext } from '../foundation/context/context.ts'
import type { PolicyEvent, PolicyListener, PolicyNews } from './policy-event.ts'

/** What is protected. It runs in its context: `currentContext()` inside gives the same one. */
export type Call<T> = (context: Context, scope: CallScope) => T | PromiseLike<T>

/** What policies know of one call on its way inwards. */
export interface CallScope {
  /** Cancelled when nobody waits any more; its deadline is what is left of the budget. */
  readonly context: Context
  /** What the call is about, such as a host or a tenant: policies keep their state for each key. Empty by default. */
  readonly key: string
  /** Whether making the call twice does no harm. */
  readonly idempotent: boolean
  /** 1 for the first call, 2 for its first repetition. */
  readonly attempt: number
}

/** One layer inwards. */
export type Inside<T> = (scope: CallScope) => Promise<T>

/** `F` is what it may answer by itself instead of the call; most policies never do. */
export interface Policy<F = never> {
  run<T>(scope: CallScope, inside: Inside<T>): Promise<T | F>
  /** Tells what goes wrong and what changes. Returns its own unsubscribe. */
  onEvent(listener: PolicyListener): () => void
  /** Only types: lets an onion know what its layers may answer. */
  readonly fallbackType?: F
}

export interface CallOptions {
  /** Default: empty, so that all calls share one state. */
  key?: string
  /** Whether the call may be made twice. Default true: say no for what is not safe to repeat. */
  idempotent?: boolean
  /** Default: the current context, else one without a limit. */
  context?: Context
}

/** An onion, ready to be called. It is a policy itself. */
export interface Onion<F = never> extends Policy<F> {
  /** @throws what the call throws, or what a policy throws instead; CANCELLED or DEADLINE_EXCEEDED before it starts. */
  <T>(call: Call<T>, options?: CallOptions): Promise<T | F>
  /** The same function, protected. The key is made of its arguments. */
  wrap<A extends readonly unknown[], T>(
    work: (...args: A) => T | PromiseLike<T>,
    options?: WrapOptions<A>,
  ): (...args: A) => Promise<T | F>
}

export interface WrapOptions<A extends readonly unknown[]> {
  keyOf?: (...args: A) => string
  idempotent?: boolean
}

type FallbackOf<P> = P extends Policy<infer F> ? F : never

export function policy<P extends readonly Policy<unknown>[]>(...policies: P): Onion<FallbackOf<P[number]>> {
  type F = FallbackOf<P[number]>
  const run = <T>(scope: CallScope, inside: Inside<T>): Promise<T | F> => step(policies, 0, scope, inside) as Promise<T>
  const call = <T>(work: Call<T>, options?: CallOptions): Promise<T | F> => enter(run<T>, work, options)
  return Object.assign(call, {
    run,
    onEvent: (listener: PolicyListener) => {
      const leave = policies.map((each) => each.onEvent(listener))
      return () => {
        for (const unsubscribe of leave) unsubscribe()
      }
    },
    wrap:
      <A extends readonly unknown[], T>(
        work: (...args: A) => T | PromiseLike<T>,
        { keyOf, idempotent = true }: WrapOptions<A> = {},
      ) =>
      (...args: A): Promise<T | F> =>
        call(() => work(...args), { key: keyOf?.(...args) ?? '', idempotent }),
  })
}

/** From the caller's context into the onion. What nobody waits for is not started. */
function enter<T, R>(
  run: (scope: CallScope, inside: Inside<T>) => Promise<R>,
  work: Call<T>,
  { key = '', idempotent = true, context }: CallOptions = {},
): Promise<R> {
  const outer = currentContext()
  const own = context ?? outer ?? new Context()
  const reason = own.cancelled
  if (reason !== undefined) return Promise.reject(reason)
  const scope = { context: own, key, idempotent, attempt: 1 }
  const start = (): Promise<R> => run(scope, (inner) => invoke(work, inner))
  return own === outer || context === undefined ? start() : own.run(start)
}

function step<T>(
  policies: readonly Policy<unknown>[],
  at: number,
  scope: CallScope,
  inside: Inside<T>,
): Promise<unknown> {
  const next = policies[at]
  if (next === undefined) return inside(scope)
  return next.run(scope, (inner) => step(policies, at + 1, inner, inside))
}

/** A throw before the first `await` is a rejection like any other. */
function invoke<T>(work: Call<T>, scope: CallScope): Promise<T> {
  try {
    return Promise.resolve(work(scope.context, scope))
  } catch (error) {
    return Promise.reject(error)
  }
}

/** What all policies of this folder share: a name, and listeners. */
export abstract class NamedPolicy<F = never> implements Policy<F> {
  /** What it is: `retry`, `breaker`, … */
  readonly kind: string
  readonly name: string
  declare readonly fallbackType?: F
  readonly #listeners = new Set<PolicyListener>()

  constructor(kind: string, name: string = kind) {
    this.kind = kind
    this.name = name
  }

  abstract run<T>(scope: CallScope, inside: Inside<T>): Promise<T | F>

  onEvent(listener: PolicyListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  protected tell(key: string, news: PolicyNews): void {
    if (this.#listeners.size === 0) return
    const event: PolicyEvent = { policy: this.kind, name: this.name, key, ...news }
    for (const listener of this.#listeners) listener(event)
  }
}
