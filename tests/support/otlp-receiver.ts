/** A receiver of OTLP over HTTP on a free port, which decodes what arrives and answers as it is told. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { decodeOtlp, type OtlpSignal } from './otlp-decoder.ts'

export interface OtlpRequest {
  readonly signal: OtlpSignal
  readonly headers: IncomingMessage['headers']
  /** Bytes on the wire. */
  readonly size: number
  readonly content: OtlpContent
}

/** Only what tests look at. */
export interface OtlpContent {
  readonly resourceSpans?: readonly ResourceSpans[]
}

interface ResourceSpans {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] }
  readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[]
}

export interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes?: readonly OtlpAttribute[]
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly OtlpAttribute[] }[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status?: { readonly code?: number; readonly message?: string }
  readonly flags: number
}

export interface OtlpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export class OtlpReceiver {
  readonly requests: OtlpRequest[] = []
  /** What the next requests are answered, in order; then 200. */
  readonly answers: OtlpAnswer[] = []
  readonly #server: Server
  #told: (() => void) | undefined

  constructor() {
    this.#server = createServer(async (request, response) => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      this.#take(request, Buffer.concat(pieces))
      const { status, headers, body } = this.answers.shift() ?? { status: 200 }
      response.writeHead(status, { 'content-type': 'application/x-protobuf', ...headers }).end(body)
    })
  }

  static async start(port = 0): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver()
    await new Promise<void>((resolve) => receiver.#server.listen(port, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get spans(): OtlpSpan[] {
    return this.requests.flatMap(({ content }) =>
      (content.resourceSpans ?? []).flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    )
  }

  /** Resolves when `holds` does, after as many requests as that takes. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#told = resolve))
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  #take(request: IncomingMessage, body: Buffer): void {
    const { headers, url = '' } = request
    const signal = url.split('/').at(-1) as OtlpSignal
    const content = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const isJson = headers['content-type'] === 'application/json'
    const decoded = isJson ? JSON.parse(content.toString()) : decodeOtlp(signal, content)
    this.requests.push({ signal, headers, size: body.length, content: decoded })
    this.#told?.()
  }
}

export function attributesOf(holder: { readonly attributes?: readonly OtlpAttribute[] }): Record<string, unknown> {
  const { attributes = [] } = holder
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
