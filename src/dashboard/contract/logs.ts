/** Logs: what services say, searched or as it comes. */
import { get } from '../../api/define-api.ts'
import { answer, object, oneOf, optional, text } from '../../schema/shape.ts'
import type { AttributeMap } from './attributes.ts'
import type { Asked, Get, Stream } from './operations.ts'
import { attributes, cursor, limit, name, spanId, timeMs, traceId } from './query.ts'

export type LogLevelName = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export interface LogRecordView {
  /** Grows with each record as it arrives. */
  readonly id: number
  readonly atMs: number
  readonly service: string
  readonly level: LogLevelName
  readonly message: string
  readonly attributes: AttributeMap
  readonly traceId: string | null
  readonly spanId: string | null
  /** `output`: a line of standard output or error of a service that the orchestrator runs. */
  readonly source: 'otlp' | 'output'
}

/** All that is given must fit. */
export interface LogFilter {
  readonly service?: string | undefined
  /** The lowest that is shown. */
  readonly level?: LogLevelName | undefined
  /** Stands somewhere in the message or in an attribute's value; upper and lower case are the same. */
  readonly text?: string | undefined
  readonly traceId?: string | undefined
  readonly spanId?: string | undefined
  /** `name=value`; may be given several times. */
  readonly attribute?: readonly string[] | undefined
}

export interface LogQuery extends LogFilter {
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** Default 200, at most 500. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly cursor?: string | undefined
}

export type LogsApi = {
  /** The latest first. `next` is null on the last page. */
  readonly searchLogs: Get<
    '/api/logs',
    { readonly records: readonly LogRecordView[]; readonly next: string | null },
    Asked<'query', LogQuery>
  >
  /**
   * Server-sent events: each record as it arrives; `id:` is the record's, and after a reconnection (`Last-Event-ID`) it
   * goes on behind that one with what is still kept. A client that reads too slowly misses records and gets an event
   * named `gap` with `{ missed }` in their place.
   */
  readonly tailLogs: Stream<'/api/logs/tail', LogRecordView | LogGap, Asked<'query', LogFilter>>
}

export interface LogGap {
  readonly missed: number
}

const filter = {
  service: optional(name),
  level: optional(oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal')),
  text: optional(text({ min: 1, max: 200 })),
  traceId: optional(traceId),
  spanId: optional(spanId),
  attribute: attributes,
}

export const logsApi: LogsApi = {
  searchLogs: get('/api/logs', {
    query: object({ ...filter, fromMs: timeMs, toMs: timeMs, limit, cursor }),
    responses: { 200: answer() },
  }),
  tailLogs: get('/api/logs/tail', { query: object(filter), stream: answer<LogRecordView | LogGap>() }),
}
