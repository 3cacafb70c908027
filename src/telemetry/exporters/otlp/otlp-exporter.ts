/**
 * OTLP over HTTP: one transport for traces, metrics and logs. What differs between them is the encoder.
 *
 *   items ─▶ encoder ─▶ BatchExporter ─▶ HttpSender ─▶ receiver ─▶ answer ─▶ otlpOutcome ─▶ BatchExporter
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { systemClock } from '../../../foundation/clock/system-clock.ts'
import { readTextFile } from '../../../platform/text-file.ts'
import type { TlsClientOptions } from '../../../platform/tls.ts'
import type { Logger } from '../../logger.ts'
import type { Meter } from '../../meter.ts'
import type { BatchEncoder } from '../batch-encoder.ts'
import { BatchExporter, type BatchLimits } from '../batch-exporter.ts'
import { HttpSender } from '../http-sender.ts'
import { failedOutcome } from '../refused-outcome.ts'
import type { SendBatch, SendOutcome } from '../send-outcome.ts'
import { otlpOutcome } from './otlp-answer.ts'
import type { OtlpProtocol, OtlpSettings } from './otlp-settings.ts'

export interface OtlpExporterOptions<Item> {
  readonly settings: OtlpSettings
  /** In the form of `settings.protocol`. */
  readonly encoder: BatchEncoder<Item>
  readonly limits?: Partial<BatchLimits>
  readonly meter?: Meter
  readonly log?: Logger
  readonly clock?: Clock
}

const contentTypes: Readonly<Record<OtlpProtocol, string>> = {
  'http/protobuf': 'application/x-protobuf',
  'http/json': 'application/json',
}

/** @throws ServiceError `BAD_URL`; what the system says of a file with certificates. */
export async function createOtlpExporter<Item>(options: OtlpExporterOptions<Item>): Promise<BatchExporter<Item>> {
  const { settings, clock = systemClock, ...rest } = options
  const { url, headers, timeoutMs, compression, protocol, signal } = settings
  const tls = await tlsFrom(settings)
  const sender = new HttpSender({ url, headers, timeoutMs, compression, clock, ...(tls !== undefined && { tls }) })
  const send = otlpSend(sender, contentTypes[protocol], clock)
  return new BatchExporter({ ...rest, signal, clock, send, onClose: () => sender.close() })
}

function otlpSend(sender: HttpSender, contentType: string, clock: Clock): SendBatch {
  return async (body, signal): Promise<SendOutcome> => {
    try {
      return otlpOutcome(await sender.send(body, contentType, signal), clock.now())
    } catch (error) {
      return failedOutcome(error)
    }
  }
}

async function tlsFrom(settings: OtlpSettings): Promise<TlsClientOptions | undefined> {
  const { certificateFile, clientCertificateFile, clientKeyFile } = settings
  const [ca, cert, key] = await Promise.all(
    [certificateFile, clientCertificateFile, clientKeyFile].map((file) =>
      file === undefined ? undefined : readTextFile(file),
    ),
  )
  if (ca === undefined && cert === undefined && key === undefined) return undefined
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }
}
