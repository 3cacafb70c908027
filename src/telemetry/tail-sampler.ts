/**
 * TailSampler: keeps traces that turned out to be worth it, though the sampler did not pick them when they began.
 *
 *   span ends ─ sampled ─────────────────────────────────────────▶ next
 *      └ recorded only ─▶ undecided ─ one of its spans failed ───▶ next, with all that waited and all that follows
 *                             │    └ the local root ends ─ slow ─▶ next
 *                             │                          └ else ─▶ forgotten, with all that follows
 *                             └ too many undecided ─▶ the spans of the oldest trace go, counted; it can still be kept
 *
 * «Trace» is the part of it that is this process's: what hangs below one local root. Every process decides by what it sees
 * itself. A failure that is passed on is seen by all of them, and so is slowness by those that wait for it.
 */
import type { CounterSeries, Meter } from './meter.ts'
import type { Sampler } from './sampler.ts'
import type { SpanRecord, SpanSink } from './span-record.ts'

export interface TailSamplerOptions {
  /** Where spans go that are kept. */
  readonly next: SpanSink
  /** Whether traces are kept in which a span failed. Default true. */
  readonly keepErrors?: boolean
  /** Traces are kept whose local root took at least so long, in milliseconds; default none. */
  readonly keepSlowerThanMs?: number
  /** Spans that may wait for a decision, in all; default 10,000, some megabytes. */
  readonly maxUndecided?: number
  readonly meter?: Meter
}

/** In front of a tail sampler: what `sampler` would drop is recorded, so that there is something to decide about. */
export function recordAll(sampler: Sampler): Sampler {
  return {
    decide(question) {
      const decision = sampler.decide(question)
      return decision === 'drop' ? 'record' : decision
    },
  }
}

export class TailSampler implements SpanSink {
  readonly #next: SpanSink
  readonly #keepErrors: boolean
  readonly #slowMs: number
  readonly #maxUndecided: number
  readonly #drops: CounterSeries | undefined
  /** Spans that have ended, by their local root, which has not; the oldest first. */
  readonly #undecided = new Map<SpanRecord, SpanRecord[]>()
  /** What was decided, for spans that end later than their root. */
  readonly #kept = new WeakMap<SpanRecord, boolean>()
  #waiting = 0

  constructor({ next, keepErrors = true, keepSlowerThanMs, maxUndecided = 10_000, meter }: TailSamplerOptions) {
    this.#next = next
    this.#keepErrors = keepErrors
    this.#slowMs = keepSlowerThanMs ?? Number.POSITIVE_INFINITY
    this.#maxUndecided = maxUndecided
    this.#drops = meter
      ?.counter({
        name: 'telemetry_undecided_drops_total',
        help: 'Spans that were dropped before it was known whether their trace would be kept.',
      })
      .labels({})
  }

  add(span: SpanRecord): void {
    const root = span.localRoot
    if (span.context.sampled || this.#kept.get(root) === true) this.#next.add(span)
    else if (this.#kept.get(root) === undefined) this.#consider(span, root)
  }

  #consider(span: SpanRecord, root: SpanRecord): void {
    const isOver = span === root
    if (this.#keepErrors && span.status === 'error') this.#keep(span, root)
    else if (isOver && span.endMs - span.startMs >= this.#slowMs) this.#keep(span, root)
    else if (isOver) this.#forget(root)
    else this.#wait(span, root)
  }

  #keep(span: SpanRecord, root: SpanRecord): void {
    for (const earlier of this.#take(root)) this.#next.add(earlier)
    this.#next.add(span)
    this.#kept.set(root, true)
  }

  #forget(root: SpanRecord): void {
    this.#take(root)
    this.#kept.set(root, false)
  }

  #take(root: SpanRecord): readonly SpanRecord[] {
    const spans = this.#undecided.get(root) ?? []
    this.#undecided.delete(root)
    this.#waiting -= spans.length
    return spans
  }

  #wait(span: SpanRecord, root: SpanRecord): void {
    if (this.#waiting >= this.#maxUndecided) this.#dropOldest()
    const spans = this.#undecided.get(root)
    if (spans === undefined) this.#undecided.set(root, [span])
    else spans.push(span)
    this.#waiting++
  }

  #dropOldest(): void {
    const [oldest] = this.#undecided.keys()
    if (oldest !== undefined) this.#drops?.add(this.#take(oldest).length)
  }
}
