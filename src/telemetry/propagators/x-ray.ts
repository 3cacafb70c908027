/**
 * AWS X-Ray's header.
 *
 *   x-amzn-trace-id: Root=1-{8 digits: time}-{24 digits};Parent={span id};Sampled={1, 0, ?}
 *
 * The fields come in any order and with others between them. A header with a root alone, as load balancers add it, names no
 * span above ours, and a trace of our own begins. Source: AWS X-Ray concepts, tracing header.
 */
import type { Propagator } from '../propagation.ts'
import { spanIdFrom, traceIdFrom } from './foreign-ids.ts'

const header = 'x-amzn-trace-id'
const rootForm = /^1-([\da-f]{8})-([\da-f]{24})$/i
/** More than any sender writes; the rest is not looked at. */
const maxLength = 1_024
const maxFields = 16

export const xRayPropagator: Propagator = {
  extract(from) {
    const text = from.header(header)
    if (text === undefined || text.length > maxLength) return undefined
    const fields = fieldsOf(text)
    const root = rootForm.exec(fields.get('root') ?? '')
    const traceId = root === null ? undefined : traceIdFrom(`${root[1]}${root[2]}`)
    const parent = fields.get('parent') ?? ''
    const spanId = parent.length === 16 ? spanIdFrom(parent) : undefined
    if (traceId === undefined || spanId === undefined) return undefined
    const sampled = fields.get('sampled')
    if (sampled === '1' || sampled === '0') return { traceId, spanId, sampled: sampled === '1' }
    return { traceId, spanId, sampled: false, isUndecided: true }
  },
  inject({ traceId, spanId, sampled, isUndecided }, into) {
    const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`
    into.set(header, `Root=${root};Parent=${spanId};Sampled=${isUndecided ? '?' : sampled ? '1' : '0'}`)
  },
}

function fieldsOf(text: string): Map<string, string> {
  const pairs = text.split(';', maxFields).map((field) => {
    const at = field.indexOf('=')
    return [field.slice(0, Math.max(0, at)).trim().toLowerCase(), field.slice(at + 1).trim()] as const
  })
  return new Map(pairs)
}
