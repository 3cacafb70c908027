/** Each format against its specification, in and out, and against whatever a stranger may send. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Propagator } from '../propagation.ts'
import type { TraceContext } from '../tracer.ts'
import { type PropagatorName, propagatorsNamed } from './propagator-names.ts'

const traceId = '80f198ee56343ba864fe8b2a57d3eff7'
const shortId = '64fe8b2a57d3eff7'
const paddedId = `0000000000000000${shortId}`
const spanId = 'e457b5a2e4d86bd1'
const parentId = '05e3ac9a4f6e3b90'

type Headers = Readonly<Record<string, string>>
type Expected = Pick<TraceContext, 'traceId' | 'spanId' | 'sampled'> & Partial<TraceContext>

const kept: Expected = { traceId, spanId, sampled: true }
const notKept: Expected = { traceId, spanId, sampled: false }
const undecided: Expected = { traceId, spanId, sampled: false, isUndecided: true }

function propagator(...names: PropagatorName[]): Propagator {
  return propagatorsNamed(names, (name) => assert.fail(`${name} is not known`))
}

function extract(names: readonly PropagatorName[], headers: Headers): TraceContext | undefined {
  return propagator(...names).extract({ header: (name) => headers[name] })
}

function inject(names: readonly PropagatorName[], context: TraceContext): Headers {
  const headers = new Map<string, string>()
  propagator(...names).inject(context, headers)
  return Object.fromEntries(headers)
}

interface Row {
  readonly headers: Headers
  readonly expected: Expected | undefined
  readonly why: string
}

const b3Rows: readonly Row[] = [
  { headers: { b3: `${traceId}-${spanId}-1-${parentId}` }, expected: kept, why: 'single: all four fields' },
  { headers: { b3: `${traceId}-${spanId}-1` }, expected: kept, why: 'single: without a parent' },
  { headers: { b3: `${traceId}-${spanId}-d` }, expected: kept, why: 'single: debug is kept' },
  { headers: { b3: `${traceId}-${spanId}-0` }, expected: notKept, why: 'single: denied' },
  { headers: { b3: `${traceId}-${spanId}` }, expected: undecided, why: 'single: deferred to us' },
  { headers: { b3: `${shortId}-${spanId}-1` }, expected: { ...kept, traceId: paddedId }, why: 'single: 64 bits' },
  { headers: { b3: `${traceId.toUpperCase()}-${spanId}-1` }, expected: kept, why: 'single: upper case is read' },
  { headers: { b3: '1' }, expected: undefined, why: 'single: «keep» without ids begins a trace of ours' },
  { headers: { b3: `${traceId}-${spanId}-2` }, expected: undefined, why: 'single: an unknown state' },
  { headers: { b3: `${traceId}-${spanId}-1-${parentId}-x` }, expected: undefined, why: 'single: a field too many' },
  { headers: { b3: `${traceId.slice(1)}-${spanId}-1` }, expected: undefined, why: 'single: 31 digits' },
  { headers: { b3: `${'0'.repeat(32)}-${spanId}-1` }, expected: undefined, why: 'single: a trace id of zeros' },
  { headers: { b3: `${traceId}-${'0'.repeat(16)}-1` }, expected: undefined, why: 'single: a span id of zeros' },
  { headers: { b3: '' }, expected: undefined, why: 'single: empty' },
  {
    headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-parentspanid': parentId, 'x-b3-sampled': '1' },
    expected: kept,
    why: 'multi: all fields',
  },
  {
    headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': 'true' },
    expected: kept,
    why: 'multi: «true», of older senders',
  },
  {
    headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '0' },
    expected: notKept,
    why: 'multi: denied',
  },
  { headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId }, expected: undecided, why: 'multi: deferred to us' },
  {
    headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-flags': '1' },
    expected: kept,
    why: 'multi: debug is kept',
  },
  {
    headers: { 'x-b3-traceid': shortId, 'x-b3-spanid': spanId, 'x-b3-sampled': '1' },
    expected: { ...kept, traceId: paddedId },
    why: 'multi: 64 bits',
  },
  { headers: { 'x-b3-traceid': traceId }, expected: undefined, why: 'multi: no span id' },
  { headers: { 'x-b3-spanid': spanId }, expected: undefined, why: 'multi: no trace id' },
  { headers: { 'x-b3-traceid': 'xyz', 'x-b3-spanid': spanId }, expected: undefined, why: 'multi: no hex' },
  {
    headers: { b3: `${traceId}-${spanId}-1`, 'x-b3-traceid': shortId, 'x-b3-spanid': parentId },
    expected: kept,
    why: 'one header goes before several',
  },
  {
    headers: { b3: 'broken', 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '1' },
    expected: kept,
    why: 'several are read where the one is broken',
  },
]

const jaegerRows: readonly Row[] = [
  { headers: { 'uber-trace-id': `${traceId}:${spanId}:0:1` }, expected: kept, why: 'sampled' },
  { headers: { 'uber-trace-id': `${traceId}:${spanId}:${parentId}:0` }, expected: notKept, why: 'not sampled' },
  { headers: { 'uber-trace-id': `${traceId}:${spanId}::1` }, expected: kept, why: 'an empty parent' },
  { headers: { 'uber-trace-id': `${traceId}:${spanId}:0:3` }, expected: kept, why: 'sampled and debug' },
  { headers: { 'uber-trace-id': `${traceId}:${spanId}:0:02` }, expected: kept, why: 'debug alone' },
  {
    headers: { 'uber-trace-id': `${traceId}:${spanId}:0:8` },
    expected: notKept,
    why: 'the firehose flag is another one',
  },
  { headers: { 'uber-trace-id': `${traceId}%3A${spanId}%3a0%3A1` }, expected: kept, why: 'percent-encoded colons' },
  {
    headers: { 'uber-trace-id': `1:2:0:1` },
    expected: { traceId: '1'.padStart(32, '0'), spanId: '2'.padStart(16, '0'), sampled: true },
    why: 'without leading zeros',
  },
  { headers: { 'uber-trace-id': `0:${spanId}:0:1` }, expected: undefined, why: 'a trace id of zero' },
  { headers: { 'uber-trace-id': `${traceId}:0:0:1` }, expected: undefined, why: 'a span id of zero' },
  { headers: { 'uber-trace-id': `${traceId}0:${spanId}:0:1` }, expected: undefined, why: '33 digits' },
  { headers: { 'uber-trace-id': `${traceId}:${spanId}:1` }, expected: undefined, why: 'a field is missing' },
  { headers: { 'uber-trace-id': `${traceId}:${spanId}:0:1ff` }, expected: undefined, why: 'flags of more than a byte' },
]

const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`
const xRayRows: readonly Row[] = [
  { headers: { 'x-amzn-trace-id': `Root=${root};Parent=${spanId};Sampled=1` }, expected: kept, why: 'sampled' },
  { headers: { 'x-amzn-trace-id': `Root=${root};Parent=${spanId};Sampled=0` }, expected: notKept, why: 'not sampled' },
  {
    headers: { 'x-amzn-trace-id': `Root=${root};Parent=${spanId};Sampled=?` },
    expected: undecided,
    why: 'asks for our decision',
  },
  { headers: { 'x-amzn-trace-id': `Root=${root};Parent=${spanId}` }, expected: undecided, why: 'no decision' },
  {
    headers: { 'x-amzn-trace-id': ` Sampled=1 ; Parent=${spanId} ; Root=${root} ` },
    expected: kept,
    why: 'any order, blanks',
  },
  {
    headers: { 'x-amzn-trace-id': `Self=1-2-3;Root=${root};Parent=${spanId};Sampled=1;Lineage=a:1|b:2` },
    expected: kept,
    why: 'fields between them',
  },
  { headers: { 'x-amzn-trace-id': `Root=${root}` }, expected: undefined, why: 'a root alone, of a load balancer' },
  {
    headers: { 'x-amzn-trace-id': `Root=2-${root.slice(2)};Parent=${spanId};Sampled=1` },
    expected: undefined,
    why: 'another version',
  },
  {
    headers: { 'x-amzn-trace-id': `Root=${root}a;Parent=${spanId};Sampled=1` },
    expected: undefined,
    why: 'a digit too many',
  },
  {
    headers: { 'x-amzn-trace-id': `Root=${root};Parent=${spanId.slice(1)};Sampled=1` },
    expected: undefined,
    why: 'a short parent',
  },
  {
    headers: { 'x-amzn-trace-id': `${'a=b;'.repeat(300)}Root=${root};Parent=${spanId};Sampled=1` },
    expected: undefined,
    why: 'longer than anybody writes',
  },
]

const otRows: readonly Row[] = [
  {
    headers: { 'ot-tracer-traceid': shortId, 'ot-tracer-spanid': spanId, 'ot-tracer-sampled': 'true' },
    expected: { ...kept, traceId: paddedId },
    why: '64 bits',
  },
  {
    headers: { 'ot-tracer-traceid': traceId, 'ot-tracer-spanid': spanId, 'ot-tracer-sampled': '1' },
    expected: kept,
    why: '128 bits',
  },
  {
    headers: { 'ot-tracer-traceid': traceId, 'ot-tracer-spanid': spanId, 'ot-tracer-sampled': 'false' },
    expected: notKept,
    why: 'not sampled',
  },
  { headers: { 'ot-tracer-traceid': traceId, 'ot-tracer-spanid': spanId }, expected: undecided, why: 'no decision' },
  { headers: { 'ot-tracer-traceid': traceId }, expected: undefined, why: 'no span id' },
  { headers: { 'ot-tracer-traceid': '0'.repeat(16), 'ot-tracer-spanid': spanId }, expected: undefined, why: 'zeros' },
]

const formats: readonly { name: PropagatorName; rows: readonly Row[] }[] = [
  { name: 'b3', rows: b3Rows },
  { name: 'b3multi', rows: b3Rows },
  { name: 'jaeger', rows: jaegerRows },
  { name: 'xray', rows: xRayRows },
  { name: 'ottrace', rows: otRows },
]

for (const { name, rows } of formats) {
  describe(`${name} reads`, () => {
    for (const { headers, expected, why } of rows) {
      it(`${expected === undefined ? 'nothing' : 'a context'}: ${why}`, () => {
        assert.deepEqual(extract([name], headers), expected)
      })
    }
  })
}

describe('b3', () => {
  for (const headers of [{ b3: '0' }, { 'x-b3-sampled': '0' }] as Headers[]) {
    it(`«do not keep» without ids is obeyed: ${JSON.stringify(headers)}`, () => {
      assert.equal(extract(['b3'], headers)?.sampled, false)
    })
  }
})

describe('what is written', () => {
  const context: TraceContext = { traceId, spanId, sampled: true }
  const rows: readonly { names: PropagatorName[]; context: TraceContext; expected: Headers }[] = [
    { names: ['tracecontext'], context, expected: { traceparent: `00-${traceId}-${spanId}-01` } },
    { names: ['b3'], context, expected: { b3: `${traceId}-${spanId}-1` } },
    {
      names: ['b3'],
      context: { ...context, sampled: false, isUndecided: true },
      expected: { b3: `${traceId}-${spanId}` },
    },
    { names: ['b3multi'], context, expected: { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '1' } },
    { names: ['jaeger'], context, expected: { 'uber-trace-id': `${traceId}:${spanId}:0:1` } },
    { names: ['xray'], context, expected: { 'x-amzn-trace-id': `Root=${root};Parent=${spanId};Sampled=1` } },
    {
      names: ['ottrace'],
      context,
      expected: { 'ot-tracer-traceid': shortId, 'ot-tracer-spanid': spanId, 'ot-tracer-sampled': 'true' },
    },
    {
      names: ['tracecontext', 'b3'],
      context,
      expected: { traceparent: `00-${traceId}-${spanId}-01`, b3: `${traceId}-${spanId}-1` },
    },
    { names: ['none'], context, expected: {} },
  ]
  for (const { names, context: written, expected } of rows) {
    it(`${names.join()}: ${Object.keys(expected).join()}`, () => assert.deepEqual(inject(names, written), expected))
  }

  it('is read again as the same context, in every format that carries all of it', () => {
    const id = (digits: number) =>
      fc
        .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits })
        .filter((text) => /[^0]/.test(text))
    fc.assert(
      fc.property(
        id(32),
        id(16),
        fc.boolean(),
        fc.constantFrom<PropagatorName>('tracecontext', 'b3', 'b3multi', 'jaeger', 'xray'),
        (trace, span, sampled, name) => {
          const read = extract([name], inject([name], { traceId: trace, spanId: span, sampled }))
          assert.deepEqual([read?.traceId, read?.spanId, read?.sampled], [trace, span, sampled])
        },
      ),
    )
  })
})

describe('several formats', () => {
  it('read the last one that holds, as OpenTelemetry does', () => {
    const headers = { traceparent: `00-${traceId}-${spanId}-01`, b3: `${shortId}-${parentId}-1` }
    assert.equal(extract(['tracecontext', 'b3'], headers)?.traceId, paddedId)
    assert.equal(extract(['b3', 'tracecontext'], headers)?.traceId, traceId)
    assert.equal(extract(['tracecontext', 'b3'], { ...headers, b3: 'broken' })?.traceId, traceId)
  })

  it('tell a name that none has, and go on without it', () => {
    const unknown: string[] = []
    const found = propagatorsNamed(['jaeger', 'skywalking'], (name) => unknown.push(name))
    assert.deepEqual(unknown, ['skywalking'])
    assert.equal(
      found.extract({ header: (name) => (name === 'uber-trace-id' ? `${traceId}:${spanId}:0:1` : undefined) })?.traceId,
      traceId,
    )
  })
})

describe('whatever is sent', () => {
  const names: PropagatorName[] = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray', 'ottrace']
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(traceId, spanId, shortId, '-', ':', ';', '=', ',', '%', '%ff', 'Root=1-', '00-', '0', '1', 'd'),
  )
  it('is a context with valid ids, or none; it never throws', () => {
    const all = propagator(...names)
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const from = { header: () => pieces.join('') }
        const found = all.extract(from)
        if (found !== undefined) {
          assert.match(found.traceId, /^(?!0{32})[\da-f]{32}$/)
          assert.match(found.spanId, /^(?!0{16})[\da-f]{16}$/)
        }
        all.extractBaggage?.(from)
      }),
      { numRuns: 2_000 },
    )
  })
})
