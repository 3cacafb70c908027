/** The numbers that OTLP has for what a span says. */
import type { SpanStatus } from '../../span-record.ts'
import type { SpanKind, TraceContext } from '../../tracer.ts'

export const spanKinds: Readonly<Record<SpanKind, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
}

export const statusCodes: Readonly<Record<SpanStatus, number>> = { unset: 0, ok: 1, error: 2 }

const sampledFlag = 0x01
const randomFlag = 0x02
/** Whether the parent (or the linked span) is remote is known … */
const knowsRemote = 0x100
/** … and it is. */
const isRemote = 0x200

export function contextFlags({ sampled, hasRandomTraceId }: TraceContext, remote: boolean): number {
  return (
    (sampled ? sampledFlag : 0) | (hasRandomTraceId === true ? randomFlag : 0) | knowsRemote | (remote ? isRemote : 0)
  )
}
