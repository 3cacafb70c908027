/** TryClient: sends what a visitor has put together to a service of the workspace, and to nobody else. */
import { HttpClient } from '../../client/http-client.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { createNoopTracer } from '../../telemetry/noop-tracer.ts'
import type { Span, Tracer } from '../../telemetry/tracer.ts'
import { HeaderList } from '../../wire/headers.ts'
import type { TryAnswer, TryRequest } from '../contract/routes.ts'
import { type AdminAnswer, unreachable } from './admin-client.ts'

const maxBody = 1_048_576
const defaultTimeoutMs = 10_000
/** What belongs to the connection, or says who is asked, is not a visitor's to choose. */
const ownHeaders = new Set(
  'host connection content-length transfer-encoding upgrade expect te trailer keep-alive traceparent tracestate'.split(
    ' ',
  ),
)
const utf8 = new TextDecoder('utf-8', { fatal: true })

export class TryClient {
  readonly #tracer: Tracer = createNoopTracer({ sampled: true })
  /** What the dashboard asks for itself is nobody's traffic: services that follow their caller keep no span of it. */
  readonly #ownTracer: Tracer = createNoopTracer({ sampled: false })

  /** @throws ServiceError `SERVICE_UNREACHABLE` (502), `TRY_TIMEOUT` (504), `BAD_HEADER` (400). */
  send(serviceUrl: string, request: TryRequest): Promise<TryAnswer> {
    return this.#send(serviceUrl, request, this.#tracer)
  }

  async #send(serviceUrl: string, request: TryRequest, tracer: Tracer): Promise<TryAnswer> {
    // The service's own origin; whatever the path says, it cannot lead elsewhere.
    const target = new URL(serviceUrl + request.path)
    if (target.origin !== new URL(serviceUrl).origin) {
      throw new ServiceError('BAD_PATH', 'The path leads away from the service.', { status: 400 })
    }
    const span = tracer.start('try', { isRoot: true })
    const http = new HttpClient({ tracer: tracerOf(span), maxAnswerBytes: 64 * maxBody })
    const startedMs = performance.now()
    try {
      const answer = await http.request(target, {
        method: request.method,
        headers: headersFrom(request),
        timeoutMs: request.timeoutMs ?? defaultTimeoutMs,
        ...(request.body !== undefined && { body: request.body }),
      })
      const { bytes, isCut } = await firstBytes(answer.pieces())
      const durationMs = Math.round((performance.now() - startedMs) * 1_000) / 1_000
      const { traceId } = span.context
      const headers = pairsOf(answer.headers.pairs)
      return { status: answer.status, headers, ...bodyOf(bytes), isCut, durationMs, traceId }
    } catch (error) {
      throw translated(error)
    } finally {
      http.close()
    }
  }

  /** A JSON document of a service. @throws ServiceError `SERVICE_UNREACHABLE` (502) */
  async document(url: string): Promise<AdminAnswer> {
    const { pathname, search, origin } = new URL(url)
    const { status, body } = await this.#send(
      origin,
      { method: 'GET', path: pathname + search, timeoutMs: 5_000 },
      this.#ownTracer,
    )
    try {
      return { status, body: JSON.parse(body) }
    } catch {
      return { status, body: undefined }
    }
  }
}

/** Every call goes on in the one span whose id the visitor is told. */
function tracerOf(span: Span): Tracer {
  return { start: () => span }
}

function headersFrom({ headers = {}, body }: TryRequest): HeaderList {
  const list = new HeaderList()
  for (const [name, value] of Object.entries(headers)) {
    if (!ownHeaders.has(name.toLowerCase())) list.set(name.toLowerCase(), value)
  }
  if (body !== undefined && !list.has('content-type')) list.set('content-type', 'application/json')
  return list
}

function pairsOf(flat: readonly string[]): (readonly [name: string, value: string])[] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []))
}

async function firstBytes(pieces: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; isCut: boolean }> {
  const kept: Buffer[] = []
  let size = 0
  for await (const piece of pieces) {
    kept.push(Buffer.from(piece))
    size += piece.length
    if (size > maxBody) return { bytes: Buffer.concat(kept).subarray(0, maxBody), isCut: true }
  }
  return { bytes: Buffer.concat(kept), isCut: false }
}

function bodyOf(bytes: Buffer): Pick<TryAnswer, 'body' | 'bodyEncoding'> {
  try {
    return { body: utf8.decode(bytes), bodyEncoding: 'text' }
  } catch {
    return { body: bytes.toString('base64'), bodyEncoding: 'base64' }
  }
}

function translated(error: unknown): unknown {
  if (!(error instanceof ServiceError)) return unreachable(error)
  if (error.code === 'DEADLINE_EXCEEDED') {
    return new ServiceError('TRY_TIMEOUT', 'The service did not answer in the time given.', { status: 504 })
  }
  return error.code === 'BAD_HEADER'
    ? new ServiceError('BAD_HEADER', error.message, { status: 400 })
    : unreachable(error)
}
