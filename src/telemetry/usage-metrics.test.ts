import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { runtimeName } from '../platform/runtime.ts'
import { type Collection, type RuntimeUsage, runtimeUsage } from '../platform/runtime-usage.ts'
import { prometheusText } from './exporters/prometheus.ts'
import { Registry } from './registry.ts'
import { registerUsageMetrics } from './usage-metrics.ts'

class FakeUsage implements RuntimeUsage {
  activeSeconds = 0
  resources: ReadonlyMap<string, number> | undefined = new Map([['TCPSocketWrap', 3]])
  listener: ((collection: Collection) => void) | undefined
  readonly loopActiveSeconds = () => this.activeSeconds
  readonly heapSpaces = () => [{ name: 'old', usedBytes: 10, sizeBytes: 20 }]
  readonly heapLimitBytes: (() => number) | undefined = () => 4_000
  readonly activeResources = () => this.resources
  readonly openFiles = () => 7
  readonly maxOpenFiles = () => 1_024
  readonly onCollection = (listener: (collection: Collection) => void) => {
    this.listener = listener
    return () => {
      this.listener = undefined
    }
  }
}

function setup(usage = new FakeUsage()) {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const end = registerUsageMetrics(registry, usage, clock)
  const text = () => prometheusText(registry.snapshot())
  const value = (series: string): string | undefined =>
    text()
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1)
  return { clock, usage, value, text, end }
}

describe('usage metrics', () => {
  it('tell heap, files, handles and collections', () => {
    const { usage, value, end } = setup()
    usage.listener?.({ kind: 'major', seconds: 0.02 })
    usage.listener?.({ kind: 'minor', seconds: 0.001 })
    for (const [series, expected] of [
      ['runtime_heap_space_used_bytes{space="old"}', '10'],
      ['runtime_heap_space_size_bytes{space="old"}', '20'],
      ['runtime_heap_limit_bytes', '4000'],
      ['runtime_active_resources{type="TCPSocketWrap"}', '3'],
      ['process_open_fds', '7'],
      ['process_max_fds', '1024'],
      ['runtime_gc_duration_seconds_sum{kind="major"}', '0.02'],
      ['runtime_gc_duration_seconds_count{kind="minor"}', '1'],
    ] as const) {
      assert.equal(value(series), expected, series)
    }
    end()
    assert.equal(usage.listener, undefined)
  })

  it('read 0 for a kind of handle that is gone', () => {
    const { usage, value } = setup()
    value('runtime_active_resources{type="TCPSocketWrap"}')
    usage.resources = new Map()
    assert.equal(value('runtime_active_resources{type="TCPSocketWrap"}'), '0')
  })

  it('leave out what the runtime does not tell', () => {
    const usage = new FakeUsage()
    usage.resources = undefined
    const { text } = setup(Object.assign(usage, { heapSpaces: () => [], heapLimitBytes: undefined }))
    assert.doesNotMatch(text(), /heap_space|heap_limit|active_resources|gc_duration/)
  })

  it('tell how busy the event loop was in the last seconds, however often they are read', async () => {
    const { clock, usage, value } = setup()
    const utilization = () => Number(value('runtime_event_loop_utilization_ratio'))
    assert.equal(utilization(), 0)
    for (let second = 0; second < 40; second++) {
      await clock.advance(1_000)
      usage.activeSeconds += 0.5
      assert.ok(Math.abs(utilization() - 0.5) < 1e-9)
    }
    for (let second = 0; second < 21; second++) {
      await clock.advance(1_000)
      utilization()
    }
    assert.equal(utilization(), 0)
    assert.equal(value('runtime_event_loop_active_seconds_total'), '20')
  })
})

describe('the usage of this process', () => {
  it('has an event loop that was at work, and open files', () => {
    const before = runtimeUsage.loopActiveSeconds()
    for (const end = performance.now() + 100; performance.now() < end; );
    // Of a busy machine the loop's thread may get little, but some.
    const delta = runtimeUsage.loopActiveSeconds() - before
    assert.ok(delta > 0.005 && delta < 10, String(delta))
    if (process.platform === 'linux') {
      const open = runtimeUsage.openFiles() ?? 0
      assert.ok(open > 2 && open <= (runtimeUsage.maxOpenFiles() ?? 0), String(open))
    }
  })

  it('on Node.js tells heap spaces, a limit, handles and collections, on Bun none of them', async () => {
    const seen: Collection[] = []
    const end = runtimeUsage.onCollection((collection) => seen.push(collection))
    const endMs = performance.now() + 10_000
    let kept: unknown[] = []
    while (runtimeName === 'node' && seen.length === 0 && performance.now() < endMs) {
      for (let i = 0; i < 500; i++) kept.push(new Array(5_000).fill(i))
      kept = []
      await new Promise((resolve) => setImmediate(resolve))
    }
    end()
    const timer = setInterval(() => {}, 60_000)
    const told = {
      spaces: runtimeUsage.heapSpaces().some(({ name, usedBytes }) => name === 'old' && usedBytes > 0),
      limit: (runtimeUsage.heapLimitBytes?.() ?? 0) > 1e6,
      handles: (runtimeUsage.activeResources()?.get('Timeout') ?? 0) > 0,
      collections: seen.length > 0,
    }
    clearInterval(timer)
    const isNode = runtimeName === 'node'
    assert.deepEqual(told, { spaces: isNode, limit: isNode, handles: isNode, collections: isNode })
    assert.ok(seen.every(({ seconds }) => seconds >= 0 && seconds < 10))
  })
})
