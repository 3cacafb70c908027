import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type GateOptions, gate, type SloReading, type Verdict } from './gate.ts'
import { gateQueries, queryValue, snapshotReadings } from './gate-readings.ts'
import { objectivesOf } from './objective.ts'

const objectives = objectivesOf({ name: 'orders', slo: { availability: 0.99 } })

describe('the gate', () => {
  const table: {
    reading?: Omit<SloReading, 'objective'>
    options?: GateOptions
    verdict: Verdict
    reason: RegExp
    why: string
  }[] = [
    {
      reading: { requests: 1_000, failures: 10 },
      verdict: 'pass',
      reason: /10 of 1000 .*: 1 times/,
      why: 'all of the budget',
    },
    {
      reading: { requests: 1_000, failures: 11 },
      verdict: 'fail',
      reason: /1\.1 times the budget, 1 allowed/,
      why: 'more',
    },
    {
      reading: { requests: 100, failures: 4 },
      verdict: 'undecided',
      reason: /fewer than 5 may be chance/,
      why: 'four may be chance',
    },
    {
      reading: { requests: 10, failures: 9 },
      verdict: 'fail',
      reason: /90 times/,
      why: 'few requests, and nearly all fail',
    },
    {
      reading: { requests: 99, failures: 0 },
      verdict: 'undecided',
      reason: /100 requests are needed/,
      why: 'too quiet to say',
    },
    { reading: { requests: 0, failures: 0 }, verdict: 'undecided', reason: /0 of 0/, why: 'nothing happened' },
    { verdict: 'undecided', reason: /nothing was measured/, why: 'no reading is not a good reading' },
    {
      reading: { requests: Number.NaN, failures: 0 },
      verdict: 'undecided',
      reason: /no counts/,
      why: 'NaN is not below anything',
    },
    {
      reading: { requests: 1_000, failures: 0, budgetRemaining: 0 },
      verdict: 'fail',
      reason: /spent/,
      why: 'no release on an empty budget',
    },
    {
      reading: { requests: 1_000, failures: 0, budgetRemaining: 0.1 },
      verdict: 'pass',
      reason: /0 of 1000/,
      why: 'some is left',
    },
    {
      reading: { requests: 1_000, failures: 11 },
      options: { maxBurnRate: 2 },
      verdict: 'pass',
      reason: /2 allowed/,
      why: 'a wider gate',
    },
    {
      reading: { requests: 20, failures: 0 },
      options: { minRequests: 10 },
      verdict: 'pass',
      reason: /0 of 20/,
      why: 'fewer do',
    },
    {
      reading: { requests: 100, failures: 2 },
      options: { minFailures: 1 },
      verdict: 'fail',
      reason: /2 of 100/,
      why: 'each counts',
    },
  ]
  for (const { reading, options, verdict, reason, why } of table) {
    it(`says ${verdict}: ${why}`, () => {
      const readings = reading === undefined ? [] : [{ objective: 'availability', ...reading }]
      const judged = gate(objectives, readings, options)
      assert.equal(judged.verdict, verdict)
      assert.match(judged.objectives[0]?.reason ?? '', reason)
    })
  }

  it('takes the worst of several', () => {
    const two = objectivesOf({ name: 'orders', slo: { availability: 0.99, latency: { p99Ms: 250 } } })
    const good = { objective: 'availability', requests: 1_000, failures: 0 }
    assert.equal(gate(two, [good]).verdict, 'undecided')
    assert.equal(gate(two, [good, { ...good, objective: 'latency-p99', failures: 99 }]).verdict, 'fail')
    assert.equal(gate(two, [good, { ...good, objective: 'latency-p99' }]).verdict, 'pass')
    assert.equal(gate([], []).verdict, 'undecided')
  })
})

describe('an answer of Prometheus', () => {
  const vector = (...values: string[]): unknown => ({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_700_000_000, value] })) },
  })
  const table: { answer: unknown; value?: number; error?: RegExp; why: string }[] = [
    { answer: vector('0.5'), value: 0.5, why: 'one series' },
    { answer: vector(), why: 'no series' },
    { answer: vector('NaN'), value: Number.NaN, why: 'the gate judges it, not we' },
    { answer: { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } }, value: 7, why: 'a scalar' },
    { answer: vector('1', '2'), error: /expected one series, got 2/, why: 'a selector that is too wide' },
    { answer: { status: 'error', error: 'parse error' }, error: /parse error/, why: 'its own words' },
    {
      answer: { status: 'success', data: { resultType: 'matrix', result: [] } },
      error: /got matrix/,
      why: 'a range query',
    },
    { answer: { status: 'success', data: {} }, error: /no result/, why: 'a stranger' },
    {
      answer: { status: 'success', data: { resultType: 'vector', result: [{}] } },
      error: /no value/,
      why: 'half an answer',
    },
    { answer: undefined, error: /not success/, why: 'nothing' },
  ]
  for (const { answer, value, error, why } of table) {
    it(`is ${error === undefined ? value : 'refused'}: ${why}`, () => {
      if (error === undefined) assert.equal(queryValue(answer), value)
      else assert.throws(() => queryValue(answer), { code: 'BAD_QUERY_RESULT', message: error })
    })
  }
})

describe('gate queries', () => {
  it('count over the window what the selector names', () => {
    assert.deepEqual(gateQueries(objectives, { windowSeconds: 300, selector: 'job="orders",version="2"' }), [
      {
        objective: 'availability',
        requests: 'sum(increase(http_requests_total{job="orders",version="2"}[5m]))',
        failures:
          'sum(increase(http_requests_total{job="orders",version="2",status=~"5.."}[5m])) or 0 * sum(increase(http_requests_total{job="orders",version="2"}[5m]))',
        budgetRemaining: 'slo:error_budget_remaining:ratio{service="orders",slo="availability"}',
      },
    ])
  })

  it('select the job of the service where they are told nothing', () => {
    assert.match(gateQueries(objectives)[0]?.requests ?? '', /\{job="orders"\}\[10m\]/)
  })
})

describe('readings from snapshots', () => {
  const snapshotOf = (good: number, bad: number): Parameters<typeof snapshotReadings>[1]['after'] => [
    {
      kind: 'counter',
      name: 'http_requests_total',
      help: 'Requests.',
      labelNames: ['status'],
      series: [
        { labelValues: ['200'], point: good },
        { labelValues: ['503'], point: bad },
      ],
    },
  ]
  it('are what happened between them', () => {
    assert.deepEqual(snapshotReadings(objectives, { before: snapshotOf(10, 1), after: snapshotOf(30, 2) }), [
      { objective: 'availability', requests: 21, failures: 1 },
    ])
    assert.equal(snapshotReadings(objectives, { after: snapshotOf(30, 2) })[0]?.requests, 32)
  })
})
