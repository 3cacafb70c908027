/**
 * Propagation: how a trace travels between processes. W3C Trace Context, level 2.
 *
 *   traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
 *                version  trace id                    span id        flags: 01 sampled, 02 the trace id is random
 *   tracestate:  vendor=opaque,tenant@system=opaque
 *
 * A traceparent that is not right to the letter is as good as none: a new trace begins. A wrong tracestate is dropped alone.
 */
import type { Baggage } from './baggage.ts'
import type { TraceContext } from './tracer.ts'

/** How contexts are read from headers and written to them; other formats (B3, Jaeger …) are further propagators. */
export interface Propagator {
  /** The caller's context; undefined if there is none that holds. */
  extract(from: HeaderSource): TraceContext | undefined
  inject(context: TraceContext, into: HeaderTarget): void
  /** Where the format carries baggage. */
  readonly extractBaggage?: (from: HeaderSource) => Baggage | undefined
  readonly injectBaggage?: (baggage: Baggage, into: HeaderTarget) => void
}

/** Anything with headers to read by lower-case name, such as an `Exchange`; several of one name joined with commas. */
export interface HeaderSource {
  header(name: string): string | undefined
}

/** Anything with headers to write, such as a `HeaderList`. */
export interface HeaderTarget {
  set(name: string, value: string): unknown
}

export const w3cPropagator: Propagator = {
  extract(from) {
    const traceparent = from.header('traceparent')
    return traceparent === undefined ? undefined : parseTraceContext(traceparent, from.header('tracestate'))
  },
  inject(context, into) {
    into.set('traceparent', formatTraceparent(context))
    if (context.traceState !== undefined) into.set('tracestate', context.traceState)
  },
}

const sampledFlag = 0x01
const randomFlag = 0x02

/** A version above 00 may have more fields after the four that we know. */
const traceparentForm = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
const noTraceId = '0'.repeat(32)
const noSpanId = '0'.repeat(16)

/** The context that the two headers carry; undefined if `traceparent` is missing or wrong. */
export function parseTraceContext(traceparent: string | undefined, tracestate?: string): TraceContext | undefined {
  const parts = traceparent === undefined ? null : traceparentForm.exec(traceparent)
  if (parts === null) return undefined
  const [, version, traceId = '', spanId = '', flagText = '', more] = parts
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (traceId === noTraceId || spanId === noSpanId) return undefined
  const flags = Number.parseInt(flagText, 16)
  const sampled = (flags & sampledFlag) !== 0
  const hasRandomTraceId = (flags & randomFlag) !== 0
  const traceState = parseTracestate(tracestate)
  return traceState === undefined
    ? { traceId, spanId, sampled, hasRandomTraceId }
    : { traceId, spanId, sampled, hasRandomTraceId, traceState }
}

export function formatTraceparent({ traceId, spanId, sampled, hasRandomTraceId = false }: TraceContext): string {
  const flags = (sampled ? sampledFlag : 0) | (hasRandomTraceId ? randomFlag : 0)
  return `00-${traceId}-${spanId}-0${flags}`
}

const maxStateMembers = 32
/** Section 3.3.1.5: what is longer may be cut, members of more than 128 characters first, then from the end. */
const maxStateLength = 512
const maxMemberLengthWhenCut = 128

/** Section 3.3.1.3: key `=` value; the value is printable, without comma and equals sign, and does not end in a space. */
const stateMember = /^[a-z\d][a-z\d_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** The list to pass on; undefined if it is empty or breaks a rule. */
function parseTracestate(tracestate: string | undefined): string | undefined {
  if (tracestate === undefined) return undefined
  const members = tracestate
    .split(',')
    .map(withoutOuterSpace)
    .filter((member) => member !== '')
  if (members.length === 0 || members.length > maxStateMembers) return undefined
  if (!members.every((member) => stateMember.test(member))) return undefined
  return shortened(members).join(',') || undefined
}

/** Optional white space of RFC 9110: blanks and tabs, nothing else. */
function withoutOuterSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function shortened(members: string[]): string[] {
  if (lengthOf(members) <= maxStateLength) return members
  const kept = members.filter((member) => member.length <= maxMemberLengthWhenCut)
  while (lengthOf(kept) > maxStateLength) kept.pop()
  return kept
}

function lengthOf(members: readonly string[]): number {
  return members.reduce((sum, member) => sum + member.length + 1, -1)
}
