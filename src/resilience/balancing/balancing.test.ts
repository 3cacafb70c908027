import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../fault/seeded-random.ts'
import { OutlierEjection } from './outlier-ejection.ts'
import { P2cEwma, warmth } from './p2c-ewma.ts'

describe('OutlierEjection', () => {
  function bench(hosts: number): OutlierEjection<number> {
    const outliers = new OutlierEjection<number>({ baseEjectionMs: 100 })
    outliers.update(Array.from({ length: hosts }, (_, host) => host))
    return outliers
  }
  const failTimes = (outliers: OutlierEjection<number>, host: number, times: number, nowMs = 0): boolean[] =>
    Array.from({ length: times }, () => outliers.failed(host, nowMs))

  it('ejects after five failures in a row, for a while', () => {
    const outliers = bench(4)
    assert.deepEqual(failTimes(outliers, 0, 5), [false, false, false, false, true])
    assert.deepEqual([outliers.isEjected(0, 99), outliers.isEjected(0, 100)], [true, false])
  })

  it('begins to count anew at a success', () => {
    const outliers = bench(4)
    failTimes(outliers, 0, 4)
    outliers.succeeded(0)
    assert.deepEqual(failTimes(outliers, 0, 4), [false, false, false, false])
  })

  it('ejects one that comes back and fails at once, and for longer', () => {
    const outliers = bench(4)
    failTimes(outliers, 0, 5)
    assert.equal(outliers.failed(0, 100), true)
    assert.deepEqual([outliers.isEjected(0, 299), outliers.isEjected(0, 300)], [true, false])
  })

  const shares = [
    { hosts: 4, ejected: 2, why: 'half of them stay, whatever they do' },
    { hosts: 2, ejected: 1, why: 'one stays' },
    { hosts: 1, ejected: 0, why: 'there is no other' },
  ]
  for (const { hosts, ejected, why } of shares) {
    it(`ejects ${ejected} of ${hosts} that all fail: ${why}`, () => {
      const outliers = bench(hosts)
      for (let host = 0; host < hosts; host++) failTimes(outliers, host, 10)
      const gone = Array.from({ length: hosts }, (_, host) => outliers.isEjected(host, 1)).filter(Boolean)
      assert.equal(gone.length, ejected)
    })
  }
})

describe('P2C-EWMA', () => {
  /** 1,000 calls a second to hosts of these latencies; how many each host gets in the last second. */
  function shares(latenciesMs: readonly number[], seconds: number, join?: { host: number; atMs: number }): number[] {
    const balancer = new P2cEwma<number>({ random: seededRandom(1) })
    const all = latenciesMs.map((_, host) => host)
    balancer.update(join === undefined ? all : all.filter((host) => host !== join.host), 0)
    const running: { endMs: number; end: () => void }[] = []
    const counts = latenciesMs.map(() => 0)
    for (let nowMs = 0; nowMs < seconds * 1_000; nowMs++) {
      if (join?.atMs === nowMs) balancer.update(all, nowMs)
      for (let at = running.length - 1; at >= 0; at--) {
        if ((running[at]?.endMs ?? 0) <= nowMs) running.splice(at, 1)[0]?.end()
      }
      const load = balancer.begin(nowMs)
      assert.ok(load !== undefined)
      const latencyMs = latenciesMs[load.host] ?? 0
      running.push({ endMs: nowMs + latencyMs, end: () => balancer.ended(load, latencyMs, nowMs) })
      if (nowMs >= (seconds - 1) * 1_000) counts[load.host] = (counts[load.host] ?? 0) + 1
    }
    return counts
  }

  it('gives like hosts like shares', () => {
    for (const share of shares([10, 10, 10, 10], 5)) assert.ok(share > 200 && share < 300, `${share}`)
  })

  it('gives a slow host little', () => {
    const [slow] = shares([500, 10, 10, 10], 5)
    assert.ok(slow !== undefined && slow < 50, `${slow} of 1,000`)
  })

  it('gives a host that does not answer at all nearly nothing, before any call to it has failed', () => {
    const [silent] = shares([Number.POSITIVE_INFINITY, 10, 10, 10], 1)
    assert.ok(silent !== undefined && silent < 20, `${silent} of 1,000`)
  })

  it('gives a host that has just come less than its share, and its whole share later', () => {
    const [early] = shares([10, 10, 10, 10], 3, { host: 0, atMs: 1_500 })
    const [late] = shares([10, 10, 10, 10], 15, { host: 0, atMs: 1_500 })
    assert.ok(early !== undefined && early < 150, `${early} of 1,000 at first`)
    assert.ok(late !== undefined && late > 200, `${late} of 1,000 later`)
  })

  it('asks only those that may be used', () => {
    const balancer = new P2cEwma<number>()
    balancer.update([1, 2, 3], 0)
    for (let call = 0; call < 20; call++) assert.equal(balancer.begin(0, (host) => host === 2)?.host, 2)
    assert.equal(
      balancer.begin(0, () => false),
      undefined,
    )
  })

  const ages = [
    { ageMs: 0, expected: 0.1, why: 'not nothing: it must be asked to get warm' },
    { ageMs: 5_000, expected: 0.5, why: 'half of the way' },
    { ageMs: 10_000, expected: 1, why: 'warm' },
    { ageMs: Number.POSITIVE_INFINITY, expected: 1, why: 'there from the beginning' },
  ]
  for (const { ageMs, expected, why } of ages) {
    it(`warmth is ${expected} after ${ageMs} ms: ${why}`, () => assert.equal(warmth(ageMs, 10_000), expected))
  }
})

it('of four hosts a failing one costs at most 1 % of the calls after 2 s', () => {
  const random = seededRandom(2)
  const balancer = new P2cEwma<number>({ random })
  const outliers = new OutlierEjection<number>()
  balancer.update([0, 1, 2, 3], 0)
  outliers.update([0, 1, 2, 3])
  const failures = [0, 0, 0]
  for (let call = 0; call < 3_000; call++) {
    const load = balancer.begin(call, (host) => !outliers.isEjected(host, call))
    assert.ok(load !== undefined)
    if (load.host === 0) {
      outliers.failed(0, call)
      const second = Math.floor(call / 1_000)
      failures[second] = (failures[second] ?? 0) + 1
    } else outliers.succeeded(load.host)
    balancer.ended(load, 10, call)
  }
  assert.deepEqual([failures[0], failures[2]], [5, 0])
})
