import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Registry } from '../telemetry/registry.ts'
import { BudgetTracker } from './budget-tracker.ts'
import { type BudgetSample, burnsFast, errorBudget } from './error-budget.ts'
import { eventCounts } from './event-counts.ts'
import { type Objective, objectivesOf } from './objective.ts'

const [availability, p99] = objectivesOf({ name: 'orders', slo: { availability: 0.99, latency: { p99Ms: 250 } } }) as [
  Objective,
  Objective,
]

/** Samples by minute: requests and failures so far. */
function samplesOf(...rows: readonly [minute: number, requests: number, failures: number][]): BudgetSample[] {
  return rows.map(([minute, requests, failures]) => ({ atMs: minute * 60_000, requests, failures }))
}

describe('an error budget', () => {
  const table: { samples: BudgetSample[]; remaining: number; burnRates: Record<string, number>; why: string }[] = [
    { samples: [], remaining: 1, burnRates: { '5m': 0, '1h': 0 }, why: 'before the first sample' },
    { samples: samplesOf([0, 0, 0]), remaining: 1, burnRates: { '5m': 0, '1h': 0 }, why: 'without requests' },
    {
      samples: samplesOf([0, 0, 0], [10, 1_000, 5]),
      remaining: 0.5,
      burnRates: { '5m': 0.5, '1h': 0.5 },
      why: 'half of it is spent; windows without an older sample count from the start',
    },
    {
      samples: samplesOf([0, 0, 0], [55, 1_000, 100], [60, 2_000, 100]),
      remaining: -4,
      burnRates: { '5m': 0, '1h': 5 },
      why: 'it is overspent, and burns no more',
    },
    {
      samples: samplesOf([0, 900, 900], [10, 1_000, 900]),
      remaining: 1,
      burnRates: { '5m': 0, '1h': 0 },
      why: 'what was before the first sample does not count',
    },
  ]
  for (const { samples, remaining, burnRates, why } of table) {
    it(`has ${remaining} left: ${why}`, () => {
      const budget = errorBudget(samples, availability)
      assert.deepEqual([budget.remaining, budget.burnRates], [remaining, burnRates])
    })
  }
})

describe('burning fast', () => {
  const window = { severity: 'page', burnRate: 14.4, longSeconds: 3_600, shortSeconds: 300 } as const
  const table: { samples: BudgetSample[]; expected: boolean; why: string }[] = [
    { samples: samplesOf([0, 0, 0], [55, 1_000, 200], [60, 1_100, 220]), expected: true, why: 'both windows are over' },
    { samples: samplesOf([0, 0, 0], [55, 1_000, 200], [60, 1_100, 200]), expected: false, why: 'it is over already' },
    { samples: samplesOf([0, 0, 0], [55, 9_000, 0], [60, 9_100, 20]), expected: false, why: 'a blip' },
    { samples: samplesOf([0, 0, 0], [55, 5, 2], [60, 10, 4]), expected: false, why: 'four failures may be chance' },
    { samples: samplesOf([0, 0, 0], [55, 5, 2], [60, 10, 5]), expected: true, why: 'five are not' },
  ]
  for (const { samples, expected, why } of table) {
    it(`is ${expected}: ${why}`, () => {
      assert.equal(burnsFast(samples, availability, { window, minFailures: 5 }), expected)
    })
  }

  it('is impossible where the budget is too large for it', () => {
    const [half] = objectivesOf({ name: 'orders', slo: { availability: 0.5 } }) as [Objective]
    assert.equal(burnsFast(samplesOf([0, 0, 0], [60, 100, 100]), half, { window, minFailures: 5 }), false)
  })
})

/** What the metrics layer measures. */
function requestRegistry(): { registry: Registry; answer(status: number, seconds?: number): void } {
  const registry = new Registry()
  const requests = registry.counter({
    name: 'http_requests_total',
    help: 'Requests.',
    labels: ['method', 'route', 'status'],
  })
  const durations = registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time.',
    labels: ['method', 'route'],
  })
  const answer = (status: number, seconds = 0.01): void => {
    requests.labels({ method: 'GET', route: '/', status: String(status) }).add()
    durations.labels({ method: 'GET', route: '/' }).observe(seconds)
  }
  return { registry, answer }
}

describe('event counts', () => {
  it('are those of the registry: 5xx, and what is outside of the bucket', () => {
    const { registry, answer } = requestRegistry()
    for (const status of [200, 404, 500, 503]) answer(status)
    answer(200, 0.25)
    answer(200, 0.26)
    answer(200, 99)
    assert.deepEqual(eventCounts(registry.snapshot(), availability), { requests: 7, failures: 2 })
    assert.deepEqual(eventCounts(registry.snapshot(), p99), { requests: 7, failures: 2 })
  })

  it('are none where nothing is measured', () => {
    assert.deepEqual(eventCounts([], availability), { requests: 0, failures: 0 })
    assert.deepEqual(eventCounts([], p99), { requests: 0, failures: 0 })
  })
})

describe('BudgetTracker', () => {
  it('is degraded while the budget burns fast, says of what, and recovers', async () => {
    const clock = new ManualClock()
    const { registry, answer } = requestRegistry()
    const tracker = new BudgetTracker({ objectives: [availability, p99], read: () => registry.snapshot(), clock })
    assert.equal(tracker.health().status, 'UP')
    tracker.start()
    for (let i = 0; i < 50; i++) answer(i < 10 ? 500 : 200)
    const burning = tracker.health()
    assert.equal(burning.status, 'DEGRADED')
    assert.equal(burning.error, 'the error budget of availability burns fast')
    assert.deepEqual(burning.details?.availability, {
      target: 0.99,
      requests: 50,
      failures: 10,
      remaining: -19,
      burnRates: { '5m': 20, '30m': 20, '1h': 20, '6h': 20 },
    })
    // The short window of 6x is half an hour; by then nothing has failed in it.
    await clock.advance(31 * 60_000)
    assert.equal(tracker.health().status, 'UP')
    tracker.stop()
    assert.equal(clock.pendingTimers, 0)
  })

  it('counts what was before its start, where it is told when all began', async () => {
    const clock = new ManualClock()
    const { registry, answer } = requestRegistry()
    for (const status of [200, 500]) answer(status)
    await clock.advance(1_000)
    const requestsSeen = (startedMs?: number): number | undefined => {
      const from = startedMs === undefined ? {} : { startedMs }
      const tracker = new BudgetTracker({ objectives: [availability], read: () => registry.snapshot(), clock, ...from })
      tracker.start()
      tracker.stop()
      return tracker.budgets()[0]?.requests
    }
    assert.deepEqual([requestsSeen(0), requestsSeen()], [2, 0])
  })

  it('forgets what is older than its longest window, and keeps the start', async () => {
    const clock = new ManualClock()
    const { registry, answer } = requestRegistry()
    let reads = 0
    const read = (): ReturnType<Registry['snapshot']> => {
      reads++
      return registry.snapshot()
    }
    const tracker = new BudgetTracker({ objectives: [availability], read, clock, intervalMs: 600_000 })
    tracker.start()
    answer(500)
    await clock.advance(600_000)
    answer(200)
    await clock.advance(48 * 3_600_000)
    assert.equal(reads, 1 + 1 + 48 * 6)
    assert.equal(tracker.sampleCount, 1 + 6 * 6 + 1)
    const [budget] = tracker.budgets()
    assert.deepEqual([budget?.requests, budget?.failures, budget?.burnRates['6h']], [2, 1, 0])
    tracker.stop()
  })
})
