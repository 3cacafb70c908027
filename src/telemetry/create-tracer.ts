/**
 * The tracer that records.
 *
 *   start ─▶ a span is current, and no parent given? ─▶ its child: same trace, same decision
 *         └▶ sampler ─ drop ─▶ ids only
 *                    └ record, sample ─▶ RecordingSpan ─ end ─▶ SpanSink (exporter, tail sampler)
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { currentContext } from '../foundation/context/context.ts'
import { EpochTime } from './epoch-time.ts'
import { NoopSpan } from './noop-tracer.ts'
import type { Propagator } from './propagation.ts'
import { defaultPropagator } from './propagators/composite.ts'
import { RecordingSpan, type SpanTrunk } from './recording-span.ts'
import { alwaysOn, parentBased, type Sampler } from './sampler.ts'
import { defaultSpanLimits, type SpanLimits } from './span-limits.ts'
import type { SpanSink } from './span-record.ts'
import { newSpanId, newTraceId } from './trace-ids.ts'
import { currentSpan, type Span, type SpanOptions, type SpanScope, type TraceContext, type Tracer } from './tracer.ts'

export interface TracerOptions {
  /** Where spans go that have ended. */
  readonly sink: SpanSink
  /** Default: as the caller does, and every trace that begins here. */
  readonly sampler?: Sampler
  /** How the trace goes on in other processes; default W3C Trace Context and baggage. */
  readonly propagator?: Propagator
  readonly limits?: Partial<SpanLimits>
  /** Who says so; default `genever`. */
  readonly scope?: SpanScope
  readonly clock?: Clock
}

export function createTracer(options: TracerOptions): Tracer {
  return new RecordingTracer(options)
}

class RecordingTracer implements Tracer {
  readonly #sampler: Sampler
  readonly #trunk: SpanTrunk

  constructor({
    sink,
    sampler = parentBased(alwaysOn),
    propagator = defaultPropagator,
    limits = {},
    scope = { name: 'genever' },
    clock = systemClock,
  }: TracerOptions) {
    const epoch = new EpochTime(clock)
    this.#sampler = sampler
    this.#trunk = {
      sink,
      propagator,
      limits: { ...defaultSpanLimits, ...limits },
      scope,
      monotonicMs: () => clock.monotonic(),
      epochMs: (monotonicMs) => epoch.at(monotonicMs),
    }
  }

  start(name: string, options?: SpanOptions): Span {
    if (options?.isRoot === true) return this.#begin(undefined, name, options)
    if (options?.parent !== undefined) return this.#begin(options.parent, name, options)
    return currentContext()?.get(currentSpan)?.child(name, options) ?? this.#begin(undefined, name, options)
  }

  #begin(parent: TraceContext | undefined, name: string, options: SpanOptions | undefined): Span {
    const traceId = parent?.traceId ?? newTraceId()
    const decision = this.#sampler.decide({ traceId, parent, name, kind: options?.kind ?? 'internal' })
    if (decision === 'drop') return this.#unrecorded(parent, traceId)
    const context = contextBelow(parent, traceId, decision === 'sample')
    const origin = { context, parentSpanId: parent?.spanId, hasRemoteParent: parent !== undefined }
    return new RecordingSpan(this.#trunk, origin, name, options)
  }

  #unrecorded(parent: TraceContext | undefined, traceId: string): Span {
    const { propagator } = this.#trunk
    if (parent?.sampled === false && parent.isUndecided !== true) return new NoopSpan(parent, false, propagator)
    // Its own id is made when somebody asks for it.
    const ids = { traceId, spanId: '', sampled: false, hasRandomTraceId: isRandom(parent) }
    const context = parent?.traceState === undefined ? ids : { ...ids, traceState: parent.traceState }
    return new NoopSpan(context, false, propagator)
  }
}

/** What the caller says of its trace is passed on; whether it is sampled is our decision. */
function contextBelow(parent: TraceContext | undefined, traceId: string, sampled: boolean): TraceContext {
  const ids = { traceId, spanId: newSpanId(), sampled, hasRandomTraceId: isRandom(parent) }
  return parent?.traceState === undefined ? ids : { ...ids, traceState: parent.traceState }
}

function isRandom(parent: TraceContext | undefined): boolean {
  return parent === undefined || parent.hasRandomTraceId === true
}
