import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTracer } from '../../telemetry/create-tracer.ts'
import { MemorySpans } from '../../telemetry/exporters/memory-spans.ts'
import { ProtobufSpanEncoder } from '../../telemetry/exporters/otlp/span-protobuf.ts'
import { defaultGateLimits as limits, missProbability, planGate } from './gate-plan.ts'
import { type GateTraffic, judge } from './gate-verdict.ts'
import { readSpans } from './span-ids.ts'
import { SpanTally, type TraceTally } from './span-tally.ts'

const plan = planGate({ isShort: false, perSecond: 500 })

describe('the plan', () => {
  it('takes as many requests as a right build needs to pass: 4.5 standard deviations are 3 % of the ratio', () => {
    assert.equal(plan.requests.own, 22_500)
    assert.equal(planGate({ isShort: true, perSecond: 500 }).requests.own, 5_625)
    assert.equal(planGate({ isShort: false, perSecond: 500, ratio: 0.1 }).requests.own, 202_500)
  })

  it('takes as many spans as a build that loses 1 in 500 needs to fail', () => {
    assert.ok(missProbability(plan.minSpans) < 1e-6)
    assert.ok(missProbability(planGate({ isShort: true, perSecond: 500 }).minSpans) < 1e-3)
    assert.ok(missProbability(1_000) > 0.1, 'a small sample would tell nothing')
  })
})

interface World {
  /** Traces with so many spans, of so many requests each. */
  readonly spans: readonly (readonly [spans: number, requests: number])[]
  readonly ownKept?: number
  readonly unwanted?: number
  readonly failed?: number
  readonly perSecond?: number
}

function verdictOf({ spans, ownKept = 11_250, unwanted = 0, failed = 0, perSecond = 500 }: World) {
  const kept = new Map<string, string>()
  const traces: TraceTally[] = []
  for (const [count, requests] of spans) {
    for (let i = 0; i < requests; i++) {
      const traceId = `kept-${kept.size}`
      kept.set(traceId, 'GET /')
      if (count > 0) traces.push({ traceId, spans: count, isOwn: false })
    }
  }
  for (let i = 0; i < ownKept; i++) traces.push({ traceId: `own-${i}`, spans: 1, isOwn: true })
  const dropped = new Set(Array.from({ length: 300 }, (_, i) => `dropped-${i}`))
  for (let i = 0; i < unwanted; i++) traces.push({ traceId: `dropped-${i}`, spans: 1, isOwn: false })
  const failures = new Map([['status 503', failed]])
  const traffic: GateTraffic = { kept, dropped, own: 22_500, failures, perSecond }
  return judge(plan, traffic, { traces, limits })
}

describe('the verdict', () => {
  const rows = [
    { world: { spans: [[3, 15_000]] }, problem: undefined, why: 'all is there' },
    {
      world: {
        spans: [
          [3, 14_980],
          [2, 20],
        ],
      },
      problem: undefined,
      why: '20 of 45,000 are within the limit',
    },
    {
      world: {
        spans: [
          [3, 14_970],
          [2, 30],
        ],
      },
      problem: /30 of 45000 spans were lost/,
      why: '30 are not',
    },
    {
      world: {
        spans: [
          [3, 14_970],
          [0, 30],
        ],
      },
      problem: /90 of 45000 spans were lost/,
      why: 'whole traces',
    },
    { world: { spans: [[0, 15_000]] }, problem: /15000 of 15000 spans were lost/, why: 'nothing arrived' },
    {
      world: {
        spans: [
          [3, 8_000],
          [5, 7_000],
        ],
      },
      problem: undefined,
      why: 'inner spans that vary are not counted',
    },
    {
      world: {
        spans: [
          [3, 7_990],
          [5, 6_990],
          [0, 20],
        ],
      },
      problem: /20 of 15000/,
      why: 'but the request’s own are',
    },
    { world: { spans: [[3, 15_000]], ownKept: 11_580 }, problem: undefined, why: '2.9 % too many' },
    { world: { spans: [[3, 15_000]], ownKept: 11_600 }, problem: /off by 3.11 %/, why: '3.1 % too many' },
    { world: { spans: [[3, 15_000]], ownKept: 10_900 }, problem: /off by 3.11 %/, why: '3.1 % too few' },
    {
      world: { spans: [[3, 15_000]], unwanted: 1 },
      problem: /1 traces were exported that/,
      why: 'against the caller’s wish',
    },
    {
      world: { spans: [[3, 15_000]], failed: 3_000 },
      problem: /3000 of 40800 requests failed.*status 503: 3000/,
      why: 'the service itself is not well',
    },
    {
      world: { spans: [[3, 15_000]], perSecond: 400 },
      problem: /only 400 of 500/,
      why: 'not the traffic that was asked for',
    },
    { world: { spans: [[1, 5_000]] }, problem: /too few/, why: 'too little to tell' },
  ] as const
  for (const { world, problem, why } of rows) {
    it(`${problem === undefined ? 'passes' : 'fails'}: ${why}`, () => {
      const { passed, problems } = verdictOf(world)
      assert.equal(passed, problem === undefined, problems.join())
      if (problem !== undefined) assert.match(problems.join(), problem)
    })
  }
})

describe('the receiver', () => {
  it('reads the ids of what is exported, and counts a span that comes twice once', () => {
    const spans = new MemorySpans()
    const tracer = createTracer({ sink: spans })
    const root = tracer.start('root', { kind: 'server', attributes: { text: 'x'.repeat(500), size: 1.5 } })
    const child = root.child('child')
    child.end()
    root.end()
    const encoder = new ProtobufSpanEncoder({ 'service.name': 'x' })
    const tally = new SpanTally()
    for (let times = 0; times < 2; times++) {
      for (const record of spans.records) encoder.add(record)
      for (const span of readSpans(encoder.take())) tally.add(span)
    }
    assert.deepEqual(tally.traces, [{ traceId: root.context.traceId, spans: 2, isOwn: true }])
  })

  it('refuses what is no protobuf', () => {
    for (const bytes of [[0x0a], [0x0a, 5, 1], [0x0f], [0xff, 0xff]]) {
      assert.throws(() => readSpans(Uint8Array.from(bytes)), RangeError)
    }
    assert.deepEqual(readSpans(new Uint8Array()), [])
  })
})
