/** What a test sends: small traces, logs and metrics in OTLP's JSON. */

export interface TestSpan {
  readonly service: string
  readonly name: string
  readonly id: string
  readonly parent?: string
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer; default 2. */
  readonly kind?: number
  /** Milliseconds since the start of the trace. */
  readonly from?: number
  readonly to?: number
  readonly isError?: boolean
  readonly attributes?: Readonly<Record<string, string | number>>
}

/** 16 or 32 digits out of a short name. */
export function idOf(name: string, digits: number): string {
  return Buffer.from(name).toString('hex').padStart(digits, '1').slice(-digits)
}

export function traceRequest(trace: string, startMs: number, spans: readonly TestSpan[]): object {
  const byService = Map.groupBy(spans, ({ service }) => service)
  return {
    resourceSpans: [...byService].map(([service, own]) => ({
      resource: { attributes: attributesOf({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'test' }, spans: own.map((span) => spanOf(trace, startMs, span)) }],
    })),
  }
}

function spanOf(trace: string, startMs: number, span: TestSpan): object {
  const { id, parent, name, kind = 2, from = 0, to = from + 1, isError = false, attributes = {} } = span
  return {
    traceId: idOf(trace, 32),
    spanId: idOf(id, 16),
    ...(parent !== undefined && { parentSpanId: idOf(parent, 16) }),
    ...{ name, kind },
    startTimeUnixNano: nanos(startMs + from),
    endTimeUnixNano: nanos(startMs + to),
    attributes: attributesOf(attributes),
    status: isError ? { code: 2, message: 'failed' } : {},
  }
}

export function attributesOf(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }))
}

export function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n)
}
