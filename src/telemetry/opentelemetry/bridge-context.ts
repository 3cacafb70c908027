/**
 * OpenTelemetry's context, kept in ours.
 *
 *   context.active() ─▶ BridgeContext: our current Context, seen through the API's keys
 *        └ setValue ─▶ another one on top of it ─ context.with ─▶ a child of our Context: span and baggage in their own
 *                                                                 slots, so that our code sees them; the rest in one slot
 */
import type * as api from '@opentelemetry/api'
import { type Context, currentContext, Context as GeneverContext } from '../../foundation/context/context.ts'
import { ContextKey } from '../../foundation/context/context-key.ts'
import { type Baggage, contextBaggage } from '../baggage.ts'
import { currentSpan, type Span } from '../tracer.ts'

/** What has another form on our side. */
export interface Translation {
  readonly spanKey: symbol
  readonly baggageKey: symbol
  toSpan(span: api.Span): Span
  fromSpan(span: Span): api.Span
  toBaggage(baggage: api.Baggage): Baggage
  fromBaggage(baggage: Baggage): api.Baggage
}

/** Values under keys that only the API knows. */
const apiValues = new ContextKey<Pick<api.Context, 'getValue'>>('OpenTelemetry values')

class BridgeContext implements api.Context {
  readonly base: Context | undefined
  readonly values: ReadonlyMap<symbol, unknown>
  readonly #translation: Translation

  constructor(translation: Translation, base: Context | undefined, values: ReadonlyMap<symbol, unknown>) {
    this.#translation = translation
    this.base = base
    this.values = values
  }

  getValue(key: symbol): unknown {
    if (this.values.has(key)) return this.values.get(key)
    const { spanKey, baggageKey } = this.#translation
    if (key === spanKey) return this.#span()
    if (key === baggageKey) return this.#baggage()
    return this.base?.get(apiValues)?.getValue(key)
  }

  setValue(key: symbol, value: unknown): api.Context {
    return new BridgeContext(this.#translation, this.base, new Map(this.values).set(key, value))
  }

  deleteValue(key: symbol): api.Context {
    return this.setValue(key, undefined)
  }

  #span(): api.Span | undefined {
    const span = this.base?.get(currentSpan)
    return span && this.#translation.fromSpan(span)
  }

  #baggage(): api.Baggage | undefined {
    const baggage = this.base?.get(contextBaggage)
    return baggage && this.#translation.fromBaggage(baggage)
  }
}

const noValues: ReadonlyMap<symbol, unknown> = new Map()

export class BridgeContextManager implements api.ContextManager {
  readonly #translation: Translation

  constructor(translation: Translation) {
    this.#translation = translation
  }

  active(): api.Context {
    return new BridgeContext(this.#translation, currentContext(), noValues)
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: api.Context,
    work: F,
    thisArgument?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#contextFor(context).run(() => work.apply(thisArgument, args))
  }

  bind<T>(context: api.Context, target: T): T {
    if (typeof target !== 'function') return target
    const manager = this
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return manager.with(context, () => target.apply(this, args))
    }
    return Object.defineProperty(bound, 'length', { value: target.length }) as T
  }

  enable(): this {
    return this
  }

  disable(): this {
    return this
  }

  #contextFor(context: api.Context): Context {
    // Any other one, such as ROOT_CONTEXT, has nothing to do with what runs now.
    const base = context instanceof BridgeContext ? context.base : undefined
    const child = new GeneverContext({ parent: base }).set(apiValues, context)
    const isGiven = (key: symbol): boolean => !(context instanceof BridgeContext) || context.values.has(key)
    const { spanKey, baggageKey, toSpan, toBaggage } = this.#translation
    if (isGiven(spanKey)) setOrHide(child, currentSpan, context.getValue(spanKey) as api.Span | undefined, toSpan)
    if (isGiven(baggageKey)) {
      setOrHide(child, contextBaggage, context.getValue(baggageKey) as api.Baggage | undefined, toBaggage)
    }
    return child
  }
}

/** A value that was taken away must hide the one above. */
function setOrHide<From, To>(
  context: Context,
  key: ContextKey<To>,
  value: From | undefined,
  translate: (value: From) => To,
): void {
  context.set<To | undefined>(key as ContextKey<To | undefined>, value === undefined ? undefined : translate(value))
}
