import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CancelTimer } from '../foundation/clock/clock.ts'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { runtimeName, runtimeVersion } from '../platform/runtime.ts'
import { prometheusText } from './exporters/prometheus.ts'
import { Registry } from './registry.ts'
import { startRuntimeMetrics } from './runtime-metrics.ts'

const build = { service: 'orders', version: '1.2.3' }

/** A clock on which every timer is late. */
class LateClock extends ManualClock {
  lateMs = 0
  override schedule(delayMs: number, task: () => void): CancelTimer {
    return super.schedule(delayMs + this.lateMs, task)
  }
}

describe('runtime metrics', () => {
  it('tell what the process has used and what runs', () => {
    const registry = new Registry()
    let seconds = 1.5
    const process = {
      pid: 1,
      startTimeMs: 1_900_000_000_500,
      cpuSeconds: () => seconds,
      cpuParts: () => ({ user: seconds - 1, system: 1 }),
      externalBytes: () => 30,
      residentBytes: () => 50_000_000,
      heap: () => ({ usedBytes: 10, totalBytes: 20 }),
    }
    startRuntimeMetrics(registry, { build, process, eventLoopIntervalMs: 0 })
    prometheusText(registry.snapshot())
    seconds = 4
    const text = prometheusText(registry.snapshot())
    for (const line of [
      'process_cpu_seconds_total 4',
      'process_cpu_user_seconds_total 3',
      'process_cpu_system_seconds_total 1',
      'runtime_external_memory_bytes 30',
      'process_resident_memory_bytes 50000000',
      'process_start_time_seconds 1900000000.5',
      'runtime_heap_used_bytes 10',
      'runtime_heap_size_bytes 20',
      `build_info{service="orders",version="1.2.3",runtime="${runtimeName}",runtime_version="${runtimeVersion}"} 1`,
    ]) {
      assert.ok(text.includes(`\n${line}\n`), `${line} in ${text}`)
    }
  })

  it('are those of this process by default', () => {
    const registry = new Registry()
    const stop = startRuntimeMetrics(registry, { build })
    const text = prometheusText(registry.snapshot())
    stop()
    const value = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
    assert.ok(value('process_resident_memory_bytes') > 1e6)
    assert.ok(value('process_cpu_seconds_total') >= 0)
    assert.ok(value('runtime_heap_used_bytes') > 1e4)
    assert.ok(Math.abs(value('process_start_time_seconds') - Date.now() / 1_000) < 600)
  })

  it('time the event loop until they are stopped', async () => {
    const clock = new LateClock()
    const registry = new Registry({ clock })
    clock.lateMs = 50
    const stop = startRuntimeMetrics(registry, { build, clock, eventLoopIntervalMs: 100 })
    await clock.advance(150)
    await clock.advance(150)
    const text = prometheusText(registry.snapshot())
    assert.match(text, /runtime_event_loop_delay_seconds_count 2\n/)
    assert.match(text, /runtime_event_loop_delay_seconds_sum 0\.1\n/)
    stop()
    assert.equal(clock.pendingTimers, 0)
  })
})
