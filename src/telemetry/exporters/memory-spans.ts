/** MemorySpans: keeps the spans that have ended, for tests. */
import type { SpanRecord, SpanSink } from '../span-record.ts'

export class MemorySpans implements SpanSink {
  /** In the order in which they ended. */
  readonly records: SpanRecord[] = []

  add(span: SpanRecord): void {
    this.records.push(span)
  }
}
