/** Ids of formats that are less strict than W3C's: shorter, or in upper case. */
const noTraceId = '0'.repeat(32)
const noSpanId = '0'.repeat(16)
const traceIdForm = /^[\da-f]{1,32}$/i
const spanIdForm = /^[\da-f]{1,16}$/i

/** 32 lower-case hex digits, filled up with zeros on the left; undefined if it is none, or nothing but zeros. */
export function traceIdFrom(text: string): string | undefined {
  if (!traceIdForm.test(text)) return undefined
  const traceId = text.toLowerCase().padStart(32, '0')
  return traceId === noTraceId ? undefined : traceId
}

/** 16 lower-case hex digits, likewise. */
export function spanIdFrom(text: string): string | undefined {
  if (!spanIdForm.test(text)) return undefined
  const spanId = text.toLowerCase().padStart(16, '0')
  return spanId === noSpanId ? undefined : spanId
}
