import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { prometheusText } from '../telemetry/exporters/prometheus.ts'
import { Registry } from '../telemetry/registry.ts'
import { type AnyBreakerView, measureBreakers } from './breaker-metrics.ts'

const counts = { calls: 10, failures: 5, refused: 0 }

function read(views: readonly AnyBreakerView[]): string {
  const meter = new Registry()
  measureBreakers(meter, 'stock', () => views)
  return prometheusText(meter.snapshot())
}

describe('a breaker as gauges', () => {
  const rows: { views: readonly AnyBreakerView[]; state: string; refusing: number; why: string }[] = [
    { views: [{ key: 'left', state: 'closed', ...counts }], state: 'closed', refusing: 0, why: 'all pass' },
    { views: [{ key: 'left', state: 'open', ...counts }], state: 'open', refusing: 1, why: 'none passes' },
    { views: [{ key: 'left', state: 'half-open', ...counts }], state: 'half_open', refusing: 0, why: 'some try' },
    {
      views: [{ key: 'left', state: 'forced-open', ...counts }],
      state: 'open',
      refusing: 1,
      why: 'somebody wanted it',
    },
    { views: [{ key: 'left', state: 'forced-closed', ...counts }], state: 'closed', refusing: 0, why: 'likewise' },
    { views: [{ key: 'left', refusing: 0.25, ...counts }], state: 'throttling', refusing: 0.25, why: 'a share passes' },
    { views: [{ key: 'left', refusing: 0, ...counts }], state: 'closed', refusing: 0, why: 'all pass' },
    {
      views: [
        { key: 'left', refusing: 0.25, ...counts },
        { key: 'left', state: 'open', ...counts },
      ],
      state: 'open',
      refusing: 1,
      why: 'a call must pass both',
    },
  ]
  for (const { views, state, refusing, why } of rows) {
    it(`is ${state}, refusing ${refusing}: ${why}`, () => {
      const text = read(views)
      const present = Array.from(text.matchAll(/client_breaker_state\{.*state="(\w+)"\} 1\n/g), ([, name]) => name)
      assert.deepEqual(present, [state])
      assert.ok(text.includes(`client_breaker_refusing_ratio{upstream="stock",operation="left"} ${refusing}\n`), text)
    })
  }

  it('reads closed when its policy has forgotten it', () => {
    const meter = new Registry()
    let views: readonly AnyBreakerView[] = [{ key: 'left', state: 'open', calls: 1, failures: 1 }]
    measureBreakers(meter, 'stock', () => views)
    meter.snapshot()
    views = []
    assert.match(prometheusText(meter.snapshot()), /state="closed"\} 1\n/)
  })
})
