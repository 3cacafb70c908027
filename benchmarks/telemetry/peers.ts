/** What is used of the packages in `peers/peers.mjs`. */
export interface PeerSpan {
  isRecording(): boolean
  setAttribute(name: string, value: unknown): void
  setStatus(status: { code: number }): void
  end(): void
}

export interface PeerTracer {
  startSpan(name: string, options?: object, context?: unknown): PeerSpan
}

type Make<T> = new (options?: unknown) => T

export interface Peers {
  readonly AlwaysOffSampler: Make<unknown>
  readonly AlwaysOnSampler: Make<unknown>
  readonly BatchSpanProcessor: Make<unknown>
  readonly MeterProvider: Make<{
    getMeter(name: string): { createHistogram(name: string): { record(value: number, attributes: object): void } }
  }>
  readonly OTLPTraceExporter: Make<unknown>
  readonly ParentBasedSampler: Make<unknown>
  readonly ProtobufTraceSerializer: { serializeRequest(spans: unknown[]): Uint8Array | undefined }
  readonly ROOT_CONTEXT: unknown
  readonly SpanKind: { readonly SERVER: number }
  readonly TraceIdRatioBasedSampler: new (ratio: number) => unknown
  readonly TracerProvider: Make<{ getTracer(name: string): PeerTracer; shutdown(): Promise<void> }>
  readonly pino: (options: object, destination?: object) => { info(fields: object, message: string): void }
  readonly promClient: {
    readonly Registry: Make<unknown>
    readonly Histogram: Make<{ observe(labels: object, value: number): void }>
    readonly Counter: Make<{ inc(labels: object): void }>
  }
  readonly resourceFromAttributes: (attributes: object) => unknown
}
