/**
 * The exporter of spans to Zipkin, version 2 of its JSON.
 *
 *   OTEL_EXPORTER_ZIPKIN_ENDPOINT   default http://localhost:9411/api/v2/spans      OTEL_EXPORTER_ZIPKIN_TIMEOUT   10000
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { systemClock } from '../../../foundation/clock/system-clock.ts'
import type { Environment } from '../../../platform/environment.ts'
import type { Logger } from '../../logger.ts'
import type { Meter } from '../../meter.ts'
import type { SpanRecord } from '../../span-record.ts'
import { BatchExporter, type BatchLimits } from '../batch-exporter.ts'
import { HttpSender } from '../http-sender.ts'
import { failedOutcome, refusedOutcome } from '../refused-outcome.ts'
import type { SendBatch } from '../send-outcome.ts'
import { ZipkinSpanEncoder } from './zipkin-encoder.ts'

export interface ZipkinOptions {
  /** Whole address, path included; default `http://localhost:9411/api/v2/spans`. */
  readonly endpoint?: string
  /** For one request with its answer, in milliseconds; default 10,000. */
  readonly timeoutMs?: number
}

export interface ZipkinTracesOptions extends ZipkinOptions {
  /** Whose spans they are. */
  readonly serviceName: string
  readonly limits?: Partial<BatchLimits>
  readonly meter?: Meter
  readonly log?: Logger
  readonly clock?: Clock
}

const defaultEndpoint = 'http://localhost:9411/api/v2/spans'

/** The environment's variables over what was given in code. */
export function zipkinSettings(env: Environment, { endpoint, timeoutMs }: ZipkinOptions = {}): Required<ZipkinOptions> {
  const { OTEL_EXPORTER_ZIPKIN_ENDPOINT: address = '', OTEL_EXPORTER_ZIPKIN_TIMEOUT: timeout = '' } = env
  return {
    endpoint: address === '' ? (endpoint ?? defaultEndpoint) : address,
    timeoutMs: /^[1-9]\d{0,8}$/.test(timeout) ? Number(timeout) : (timeoutMs ?? 10_000),
  }
}

/** @throws ServiceError `BAD_URL`. */
export function createZipkinTraces(options: ZipkinTracesOptions): BatchExporter<SpanRecord> {
  const { endpoint = defaultEndpoint, timeoutMs, serviceName, clock = systemClock, ...rest } = options
  const sender = new HttpSender({ url: endpoint, clock, ...(timeoutMs !== undefined && { timeoutMs }) })
  const send: SendBatch = async (body, signal) => {
    try {
      const answer = await sender.send(body, 'application/json', signal)
      if (answer.status >= 200 && answer.status < 300) return { kind: 'accepted', rejected: 0 }
      return refusedOutcome(answer, clock.now())
    } catch (error) {
      return failedOutcome(error)
    }
  }
  const encoder = new ZipkinSpanEncoder(serviceName)
  return new BatchExporter({ ...rest, signal: 'traces', encoder, send, clock, onClose: () => sender.close() })
}
