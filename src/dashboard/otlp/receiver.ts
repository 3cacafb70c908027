/**
 * Receiver: OTLP over HTTP, as protobuf and as JSON (opentelemetry.io/docs/specs/otlp).
 *
 *   POST /v1/traces │ /v1/logs │ /v1/metrics ─▶ size ─▶ gzip? ─▶ decode ─▶ check each item ─▶ store
 *                                                                 │ 400          └▶ 200, with what was rejected and why
 */

import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Reply } from '../../http/reply.ts'
import type { RouteGroup } from '../../http/route-group.ts'
import { defaultJsonLimits, parseJson } from '../../schema/json.ts'
import type { DashboardStore } from '../store/dashboard-store.ts'
import { logsFrom } from './log-records.ts'
import { logsRequest, metricsRequest, tracesRequest } from './messages.ts'
import { pointsFrom } from './metric-points.ts'
import { decodeProtobuf, type MessageType } from './protobuf-decoder.ts'
import { type Received, spansFrom } from './spans.ts'

export interface ReceiverOptions {
  readonly store: DashboardStore
  readonly now: () => number
}

/** Of a body after decompression. */
export const maxBodyBytes: number = 16 * 1024 * 1024
const jsonLimits = { ...defaultJsonLimits, maxDepth: 40 }

interface Signal {
  readonly path: string
  readonly type: MessageType
  /** Name of the count in a partial success. */
  readonly rejected: string
  receive(request: unknown): Received<unknown>
}

export function addReceiver(app: RouteGroup, { store, now }: ReceiverOptions): void {
  const signals: readonly Signal[] = [
    {
      path: '/v1/traces',
      type: tracesRequest,
      rejected: 'rejectedSpans',
      receive: (request) => receiveSpans(store, request),
    },
    {
      path: '/v1/logs',
      type: logsRequest,
      rejected: 'rejectedLogRecords',
      receive: (request) => receiveLogs(store, request, now()),
    },
    {
      path: '/v1/metrics',
      type: metricsRequest,
      rejected: 'rejectedDataPoints',
      receive: (request) => receivePoints(store, request, now()),
    },
  ]
  for (const signal of signals) app.post(signal.path, { maxBodyBytes, undocumented: true }, (c) => answer(c, signal))
}

function receiveSpans(store: DashboardStore, request: unknown): Received<unknown> {
  const received = spansFrom(request)
  store.addSpans(received.rows)
  store.rejected.spans += received.rejected
  return received
}

function receiveLogs(store: DashboardStore, request: unknown, nowMs: number): Received<unknown> {
  const received = logsFrom(request, nowMs)
  store.addLogs(received.rows)
  store.rejected.logs += received.rejected
  return received
}

function receivePoints(store: DashboardStore, request: unknown, nowMs: number): Received<unknown> {
  const received = pointsFrom(request, nowMs)
  store.addPoints(received.rows)
  store.rejected.points += received.rejected
  return received
}

async function answer(c: HttpContext, signal: Signal): Promise<Reply> {
  const isProtobuf = formatOf(c) === 'protobuf'
  const bytes = (await c.raw.bytes()) ?? new Uint8Array()
  const { rejected, reason } = signal.receive(
    isProtobuf ? decodeProtobuf(bytes, signal.type) : parseJson(bytes, jsonLimits),
  )
  if (isProtobuf) return c.bytes(partialSuccess(rejected, reason), 'application/x-protobuf')
  return c.json(rejected === 0 ? {} : { partialSuccess: { [signal.rejected]: String(rejected), errorMessage: reason } })
}

/** @throws ServiceError `CONTENT_TYPE_NOT_SUPPORTED` (415) */
function formatOf(c: HttpContext): 'protobuf' | 'json' {
  const [type = ''] = (c.raw.header('content-type') ?? '').split(';')
  const name = type.trim().toLowerCase()
  if (name === 'application/x-protobuf') return 'protobuf'
  if (name === 'application/json') return 'json'
  throw new ServiceError('CONTENT_TYPE_NOT_SUPPORTED', 'OTLP comes as application/x-protobuf or application/json.', {
    status: 415,
  })
}

/** ExportTraceServiceResponse and its siblings: `partial_success = 1 { rejected = 1, error_message = 2 }`; empty for a success. */
function partialSuccess(rejected: number, reason: string): Uint8Array {
  if (rejected === 0) return new Uint8Array()
  const message = Buffer.from(reason)
  const inner = Buffer.concat([Buffer.from([0x08, ...varint(rejected), 0x12, ...varint(message.length)]), message])
  return Buffer.concat([Buffer.from([0x0a, ...varint(inner.length)]), inner])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]
}
