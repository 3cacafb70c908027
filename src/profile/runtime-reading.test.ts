import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Registry } from '../telemetry/registry.ts'
import { runtimeRates, runtimeReading } from './runtime-reading.ts'

it('two readings give rates, and what there is now', () => {
  const registry = new Registry()
  const help = 'Help.'
  const cpu = registry.counter({ name: 'process_cpu_seconds_total', help })
  const loop = registry.counter({ name: 'runtime_event_loop_active_seconds_total', help })
  const requests = registry.counter({ name: 'http_requests_total', help, labels: ['route'] })
  const delay = registry.summary({ name: 'runtime_event_loop_delay_seconds', help })
  const gc = registry.histogram({ name: 'runtime_gc_duration_seconds', help, labels: ['kind'] })
  registry.gauge({ name: 'process_resident_memory_bytes', help }).set(5e7)
  registry.gauge({ name: 'something_else', help }).set(5)
  requests.labels({ route: '/a' }).add(10)
  gc.labels({ kind: 'minor' }).observe(0.001)
  const before = runtimeReading(registry.snapshot(), 1_000)
  cpu.add(1)
  loop.add(0.5)
  requests.labels({ route: '/a' }).add(100)
  requests.labels({ route: '/b' }).add(20)
  for (const seconds of [0.01, 0.03]) delay.observe(seconds)
  gc.labels({ kind: 'major' }).observe(0.2)
  const now = runtimeReading(registry.snapshot(), 3_000)
  assert.ok(!('something_else' in now.values))
  assert.deepEqual(runtimeRates(before, now), {
    cpus: 0.5,
    loop: 0.25,
    loopDelayMs: 20,
    gc: 0.1,
    gcPerSecond: 0.5,
    residentBytes: 5e7,
    heapUsedBytes: 0,
    externalBytes: 0,
    requestsPerSecond: 60,
    inFlight: 0,
  })
})
