/**
 * The bridge to `@opentelemetry/api`: code that is written against it makes spans of ours, below ours, and sees ours.
 *
 *   trace.getTracer('lib').startActiveSpan(…) ─▶ BridgeTracer ─▶ our Tracer ─▶ our Span ─▶ our exporter
 *   trace.getActiveSpan() ─▶ context.active() ─▶ our Context ─▶ our current Span, as the API has it
 *   propagation.inject(…) ─▶ our Propagator
 *
 * The API keeps what is registered in one place of the process, so that it does not matter whose copy of it is loaded.
 */
import type * as api from '@opentelemetry/api'
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Baggage } from '../baggage.ts'
import type { Propagator } from '../propagation.ts'
import { defaultPropagator } from '../propagators/composite.ts'
import type { Span, Tracer } from '../tracer.ts'
import { toTraceContext } from './api-values.ts'
import { BridgeContextManager, type Translation } from './bridge-context.ts'
import { BridgeSpan } from './bridge-span.ts'
import { type BridgeParts, BridgeTracer } from './bridge-tracer.ts'
import { ForeignSpan } from './foreign-span.ts'

export interface BridgeOptions {
  readonly tracer: Tracer
  /** Default W3C Trace Context and baggage. */
  readonly propagator?: Propagator
  readonly clock?: Clock
}

/**
 * Registers our tracer, context and propagator with OpenTelemetry's API; the function returned takes them back.
 *
 * @throws ServiceError `OPENTELEMETRY_NOT_INSTALLED`; `OPENTELEMETRY_TAKEN` if an SDK has registered itself before.
 */
export async function bridgeOpenTelemetry({
  tracer,
  propagator = defaultPropagator,
  clock = systemClock,
}: BridgeOptions): Promise<() => void> {
  const api = await loadApi()
  const translation = translationFor(api, { tracer, propagator, clock })
  if (!api.context.setGlobalContextManager(new BridgeContextManager(translation))) throw taken()
  const parts: BridgeParts = { tracer, clock, api, toSpan: translation.toSpan }
  const isRegistered = api.trace.setGlobalTracerProvider({
    getTracer: (name, version) =>
      new BridgeTracer(parts, { name: name || 'unknown', ...(version !== undefined && { version }) }),
  })
  if (!isRegistered || !api.propagation.setGlobalPropagator(propagatorFor(api, propagator))) {
    api.context.disable()
    if (isRegistered) api.trace.disable()
    throw taken()
  }
  return () => {
    api.trace.disable()
    api.context.disable()
    api.propagation.disable()
  }
}

async function loadApi(): Promise<typeof api> {
  try {
    return await import('@opentelemetry/api')
  } catch (cause) {
    const message =
      'The bridge needs the package @opentelemetry/api, which is not installed: npm install @opentelemetry/api.'
    throw new ServiceError('OPENTELEMETRY_NOT_INSTALLED', message, { cause })
  }
}

function taken(): ServiceError {
  return new ServiceError(
    'OPENTELEMETRY_TAKEN',
    'An OpenTelemetry SDK, or another service, has registered itself with @opentelemetry/api before; one of the two must go.',
  )
}

function translationFor(otel: typeof api, { tracer, propagator, clock }: Required<BridgeOptions>): Translation {
  // One span must be the same object for whoever asks twice.
  const known = new WeakMap<Span, api.Span>()
  return {
    spanKey: keyOf((context) => otel.trace.setSpan(context, otel.trace.wrapSpanContext(otel.INVALID_SPAN_CONTEXT))),
    baggageKey: keyOf((context) => otel.propagation.setBaggage(context, otel.propagation.createBaggage())),
    toSpan(span) {
      if (span instanceof BridgeSpan) {
        known.set(span.inner, span)
        return span.inner
      }
      return new ForeignSpan(span, tracer, propagator)
    },
    fromSpan(span) {
      if (span instanceof ForeignSpan) return span.inner
      const seen = known.get(span) ?? new BridgeSpan(span, clock)
      known.set(span, seen)
      return seen
    },
    toBaggage: (baggage) => new Map(baggage.getAllEntries().map(([name, { value }]) => [name, { value }])),
    fromBaggage: (baggage) => apiBaggage(otel, baggage),
  }
}

function apiBaggage(otel: typeof api, baggage: Baggage): api.Baggage {
  return otel.propagation.createBaggage(
    Object.fromEntries(Array.from(baggage, ([name, { value }]) => [name, { value }])),
  )
}

/** The API does not tell its keys; a context that is given one does. */
function keyOf(set: (context: api.Context) => unknown): symbol {
  let found = Symbol('none')
  const probe: api.Context = {
    getValue: () => undefined,
    setValue(key) {
      found = key
      return probe
    },
    deleteValue: () => probe,
  }
  set(probe)
  return found
}

/** Every header that one of our formats may write. */
const fields = ['traceparent', 'tracestate', 'baggage', 'b3', 'uber-trace-id', 'x-amzn-trace-id']

function propagatorFor(otel: typeof api, propagator: Propagator): api.TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      const target = { set: (name: string, value: string) => setter.set(carrier, name, value) }
      const span = otel.trace.getSpanContext(context)
      if (span !== undefined && otel.isSpanContextValid(span)) propagator.inject(toTraceContext(span), target)
      const baggage = otel.propagation.getBaggage(context)
      if (baggage !== undefined) {
        propagator.injectBaggage?.(
          new Map(baggage.getAllEntries().map(([name, { value }]) => [name, { value }])),
          target,
        )
      }
    },
    extract(context, carrier, getter) {
      const source = {
        header(name: string) {
          const value = getter.get(carrier, name)
          return Array.isArray(value) ? value.join() : value
        },
      }
      const found = propagator.extract(source)
      const baggage = propagator.extractBaggage?.(source)
      const withBaggage =
        baggage === undefined ? context : otel.propagation.setBaggage(context, apiBaggage(otel, baggage))
      if (found === undefined) return withBaggage
      const { traceId, spanId, sampled, traceState } = found
      const ids = { traceId, spanId, traceFlags: sampled ? 1 : 0, isRemote: true }
      return otel.trace.setSpanContext(
        withBaggage,
        traceState === undefined ? ids : { ...ids, traceState: otel.createTraceState(traceState) },
      )
    },
    fields: () => fields,
  }
}
