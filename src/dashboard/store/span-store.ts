/**
 * SpanStore: spans by trace, first in memory, then in blocks.
 *
 *   add ─▶ open trace ─ quiet for a moment ─▶ settled: told, counted ─ a thousand spans, or ten seconds ─▶ block
 *              ▲                                 │
 *              └────────── a late span ──────────┘                     too late for that: a piece in another block
 *
 * A trace is complete when its root is there and every parent that a span names; until then it is given time, because each
 * service sends its spans when its own batch is full.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { TraceQuery, TraceSummary } from '../contract/traces.ts'
import type { SpanRow } from '../otlp/spans.ts'
import type { BlockFile } from './block-file.ts'
import { decodeSpans, encodeSpans, type SpanBlock } from './span-codec.ts'
import { addTerms, fitsQuery, summaryOf, termsOf } from './trace-summary.ts'
import { Turns } from './turns.ts'

export interface SpanStoreOptions {
  readonly blocks: BlockFile
  readonly clock: Clock
  /** Told of each trace that has settled: all its spans, and those among them that are new. */
  onSettled(spans: readonly SpanRow[], fresh: readonly SpanRow[], summary: TraceSummary): void
}

interface OpenTrace {
  readonly spans: SpanRow[]
  readonly ids: Set<string>
  /** On the monotonic scale. */
  changedMs: number
  settledMs: number | undefined
  /** How many of the spans were told. */
  told: number
}

export interface TracePage {
  readonly traces: readonly TraceSummary[]
  readonly next: string | null
}

export interface FoundTrace {
  readonly spans: readonly SpanRow[]
  readonly dropped: number
}

const spansPerBlock = 2_000
const maxOpenSpans = 60_000
const maxSpansOfTrace = 10_000
const completeAfterMs = 1_000
/** One that hangs below a span of somebody who does not send here, such as a script with a trace of its own. */
const headlessAfterMs = 3_000
const incompleteAfterMs = 6_000
const writeAfterMs = 10_000
const searchBudgetMs = 1_500
const hourMs = 3_600_000

export class SpanStore {
  readonly #options: SpanStoreOptions
  readonly #open = new Map<string, OpenTrace>()
  #openSpans = 0
  #dropped = 0

  constructor(options: SpanStoreOptions) {
    this.#options = options
  }

  get spans(): number {
    return this.#openSpans + this.#options.blocks.items
  }

  /** Spans that came after their trace was full. */
  get dropped(): number {
    return this.#dropped
  }

  add(rows: readonly SpanRow[]): void {
    const nowMs = this.#options.clock.monotonic()
    for (const row of rows) this.#addOne(row, nowMs)
    while (this.#openSpans > maxOpenSpans) this.#writeOldest()
  }

  #addOne(row: SpanRow, nowMs: number): void {
    let trace = this.#open.get(row.traceId)
    if (trace === undefined) {
      trace = { spans: [], ids: new Set(), changedMs: nowMs, settledMs: undefined, told: 0 }
      this.#open.set(row.traceId, trace)
    }
    // A sender that got no answer in time sends its batch again.
    if (trace.ids.has(row.spanId)) return
    if (trace.spans.length >= maxSpansOfTrace) {
      this.#dropped++
      return
    }
    trace.spans.push(row)
    trace.ids.add(row.spanId)
    trace.changedMs = nowMs
    trace.settledMs = undefined
    this.#openSpans++
  }

  /** Settles what is quiet and writes what has settled; call it a few times in a second. */
  tick(): void {
    const nowMs = this.#options.clock.monotonic()
    const ready: OpenTrace[] = []
    let readySpans = 0
    let isDue = false
    for (const trace of this.#open.values()) {
      if (trace.settledMs === undefined) this.#settleIfQuiet(trace, nowMs)
      if (trace.settledMs === undefined) continue
      ready.push(trace)
      readySpans += trace.spans.length
      isDue ||= nowMs - trace.settledMs >= writeAfterMs
    }
    if (isDue || readySpans >= spansPerBlock) this.#write(ready)
  }

  /** Settles and writes everything. */
  flush(): void {
    const traces = [...this.#open.values()]
    for (const trace of traces) this.#settle(trace, this.#options.clock.monotonic())
    this.#write(traces)
  }

  /**
   * A page of the traces that fit. It may be shorter than asked for, with a `next`, when looking for more took too long.
   */
  async search(query: TraceQuery): Promise<TracePage> {
    const { sort = 'latest', limit = 50 } = query
    const keyOf = (trace: TraceSummary): number => (sort === 'latest' ? trace.startMs : trace.durationMs)
    const after = cursorFrom(query.cursor)
    const isBehind = (trace: TraceSummary): boolean =>
      after === undefined || compare([keyOf(trace), trace.traceId], after) > 0
    const found = new Map<string, TraceSummary>()
    const take = (spans: readonly SpanRow[]): void => {
      const summary = summaryOf(spans)
      const before = found.get(summary.traceId)
      if (before !== undefined && before.spans >= summary.spans) return
      if (isBehind(summary) && fitsQuery(spans, summary, query)) found.set(summary.traceId, summary)
    }
    for (const { spans } of this.#open.values()) take(spans)
    const restKey = await this.#searchBlocks(query, { take, countAbove: (key) => countAbove(found, keyOf, key) })
    const sorted = [...found.values()].sort((a, b) => compare([keyOf(a), a.traceId], [keyOf(b), b.traceId]))
    // What lies beyond the last block that was opened may be mixed with what is still closed.
    const sure = restKey === undefined ? sorted : sorted.filter((trace) => keyOf(trace) >= restKey)
    const traces = sure.slice(0, limit)
    const last = traces.at(-1)
    if (last !== undefined && sure.length > limit) return { traces, next: cursorOf(keyOf(last), last.traceId) }
    return { traces, next: restKey === undefined ? null : cursorOf(restKey, '') }
  }

  /** Gives the highest key that blocks which were not opened may hold; undefined if all were. */
  async #searchBlocks(
    query: TraceQuery,
    { take, countAbove }: { take(spans: readonly SpanRow[]): void; countAbove(key: number): number },
  ): Promise<number | undefined> {
    const { sort = 'latest', limit = 50, fromMs, toMs } = query
    const after = cursorFrom(query.cursor)
    const upTo = sort === 'latest' && after !== undefined ? Math.min(after[0], toMs ?? after[0]) : toMs
    const turns = new Turns(this.#options.clock, searchBudgetMs)
    const orderBy = sort === 'latest' ? 'toMs' : 'rank'
    let opened = 0
    for (const head of this.#options.blocks.find({ fromMs, toMs: upTo, orderBy, terms: termsOf(query) })) {
      const key = sort === 'latest' ? head.toMs : head.rank
      // Nothing in this block or behind it can come before what was found.
      if (countAbove(key) > limit) return key
      if (opened++ > 0 && !(await turns.next())) return key
      for (const spans of decodeSpans(this.#readBlock(head.id))) take(spans)
    }
    return undefined
  }

  async find(traceId: string): Promise<FoundTrace | undefined> {
    const spans = new Map<string, SpanRow>()
    for (const span of this.#open.get(traceId)?.spans ?? []) spans.set(span.spanId, span)
    const turns = new Turns(this.#options.clock, searchBudgetMs)
    let aroundMs: number | undefined
    let dropped = 0
    for (const head of this.#options.blocks.find({ orderBy: 'toMs', terms: [`trace=${traceId}`] })) {
      // Pieces of one trace were written soon after one another.
      if (aroundMs !== undefined && head.toMs < aroundMs - hourMs) break
      for (const rows of decodeSpans(this.#readBlock(head.id), traceId)) {
        for (const row of rows) {
          if (spans.size < maxSpansOfTrace) spans.set(row.spanId, row)
          else dropped++
        }
        aroundMs ??= head.toMs
      }
      if (!(await turns.next())) break
    }
    return spans.size === 0 ? undefined : { spans: [...spans.values()], dropped }
  }

  /** The latest traces in memory and in the last block: what names there are. */
  *recent(): Generator<SpanRow> {
    for (const { spans } of this.#open.values()) yield* spans
    const [head] = this.#options.blocks.find({ orderBy: 'toMs', terms: [] })
    if (head === undefined) return
    for (const spans of decodeSpans(this.#readBlock(head.id))) yield* spans
  }

  #readBlock(id: number): SpanBlock {
    return (this.#options.blocks.read(id) ?? { sources: [], traces: [] }) as SpanBlock
  }

  #settleIfQuiet(trace: OpenTrace, nowMs: number): void {
    const quietMs = nowMs - trace.changedMs
    if (quietMs < completeAfterMs) return
    if (quietMs >= patienceMs(trace)) this.#settle(trace, nowMs)
  }

  #settle(trace: OpenTrace, nowMs: number): void {
    if (trace.settledMs !== undefined) return
    trace.settledMs = nowMs
    const fresh = trace.spans.slice(trace.told)
    trace.told = trace.spans.length
    this.#options.onSettled(trace.spans, fresh, summaryOf(trace.spans))
  }

  #writeOldest(): void {
    const traces: OpenTrace[] = []
    let spans = 0
    for (const trace of this.#open.values()) {
      this.#settle(trace, this.#options.clock.monotonic())
      traces.push(trace)
      spans += trace.spans.length
      if (spans >= spansPerBlock) break
    }
    this.#write(traces)
  }

  #write(traces: readonly OpenTrace[]): void {
    let block: OpenTrace[] = []
    let spans = 0
    for (const trace of traces) {
      block.push(trace)
      spans += trace.spans.length
      if (spans < spansPerBlock) continue
      this.#writeBlock(block)
      block = []
      spans = 0
    }
    if (block.length > 0) this.#writeBlock(block)
  }

  #writeBlock(traces: readonly OpenTrace[]): void {
    const terms = new Set<string>()
    let fromMs = Number.POSITIVE_INFINITY
    let toMs = 0
    let rank = 0
    let items = 0
    for (const { spans } of traces) {
      const { traceId, startMs, durationMs } = summaryOf(spans)
      fromMs = Math.min(fromMs, startMs)
      toMs = Math.max(toMs, startMs)
      rank = Math.max(rank, durationMs)
      items += spans.length
      for (const span of spans) addTerms(terms, span)
      this.#open.delete(traceId)
    }
    this.#openSpans -= items
    const rows = encodeSpans(traces.map(({ spans }) => spans))
    this.#options.blocks.add({ fromMs, toMs, rank, items, terms, rows })
  }
}

/** How long nothing may come before it counts as all of it. */
function patienceMs({ spans, ids }: OpenTrace): number {
  const tops = spans.filter(({ parentSpanId }) => parentSpanId === null || !ids.has(parentSpanId))
  const [top] = tops
  if (top === undefined || tops.length > 1) return incompleteAfterMs
  if (top.parentSpanId === null) return completeAfterMs
  return top.kind === 'server' ? headlessAfterMs : incompleteAfterMs
}

type Cursor = readonly [key: number, traceId: string]

/** The order of a page: the highest key first, then by id. */
function compare([aKey, aId]: Cursor, [bKey, bId]: Cursor): number {
  if (aKey !== bKey) return bKey - aKey
  return aId < bId ? -1 : aId === bId ? 0 : 1
}

function cursorOf(key: number, traceId: string): string {
  return `${key}:${traceId}`
}

function cursorFrom(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined
  const [key = '', traceId = ''] = text.split(':')
  const number = Number(key)
  return key === '' || !Number.isFinite(number) ? undefined : [number, traceId]
}

function countAbove(
  found: ReadonlyMap<string, TraceSummary>,
  keyOf: (trace: TraceSummary) => number,
  key: number,
): number {
  let count = 0
  for (const trace of found.values()) if (keyOf(trace) > key) count++
  return count
}
