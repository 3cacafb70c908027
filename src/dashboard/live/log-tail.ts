/** The live tail of the logs: what fits, as it arrives, and what was missed by a reader that comes back. */
import type { LogFilter, LogRecordView } from '../contract/logs.ts'
import { filterFrom, type LogStore } from '../store/log-store.ts'
import { BoundedQueue } from './event-feed.ts'

export interface TailOptions {
  readonly filter: LogFilter
  readonly afterId: number | undefined
  readonly signal: AbortSignal
}

export type TailItem =
  | { readonly kind: 'record'; readonly record: LogRecordView }
  | { readonly kind: 'gap'; readonly missed: number }

const maxQueued = 2_000
const maxResumed = 1_000

export async function* tailOf(logs: LogStore, { filter, afterId, signal }: TailOptions): AsyncGenerator<TailItem> {
  const fits = filterFrom(filter)
  const queue = new BoundedQueue<LogRecordView>(maxQueued)
  const take = (records: readonly LogRecordView[]): void => {
    for (const record of records) if (fits(record)) queue.push(record)
  }
  if (afterId !== undefined) take(logs.after(afterId, maxResumed))
  const stop = logs.onAdded(take)
  const wake = (): void => queue.wake()
  signal.addEventListener('abort', wake)
  try {
    while (!signal.aborted) {
      await queue.untilSome()
      const missed = queue.takeMissed()
      if (missed > 0) yield { kind: 'gap', missed }
      for (const record of queue.takeAll()) yield { kind: 'record', record }
    }
  } finally {
    stop()
    signal.removeEventListener('abort', wake)
  }
}
