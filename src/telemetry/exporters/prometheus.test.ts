import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { Registry } from '../registry.ts'
import { prometheusText } from './prometheus.ts'

it('an exposition is ordered by name, each family under its help and type', () => {
  const registry = new Registry({ clock: new ManualClock() })
  registry.summary({ name: 'wait_seconds', help: 'Wait.', quantiles: [0.5] })
  registry.gauge({ name: 'temperature_celsius', help: 'Outside.' }).set(-3.25)
  registry
    .counter({ name: 'orders_total', help: 'Orders.', labels: ['kind'] })
    .labels({ kind: 'gift' })
    .add(1e21)
  registry.histogram({ name: 'empty_seconds', help: 'No series yet.', labels: ['a'] })
  assert.equal(
    prometheusText(registry.snapshot()),
    `# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{kind="gift"} 1e+21
# HELP temperature_celsius Outside.
# TYPE temperature_celsius gauge
temperature_celsius -3.25
# HELP wait_seconds Wait.
# TYPE wait_seconds summary
wait_seconds{quantile="0.5"} NaN
wait_seconds_sum 0
wait_seconds_count 0
`,
  )
})

it('help and label values are escaped, each in its own way', () => {
  const registry = new Registry()
  const text = 'a "b" \\ c\nd'
  registry
    .gauge({ name: 'a', help: text, labels: ['x'] })
    .labels({ x: text })
    .set(1)
  assert.equal(
    prometheusText(registry.snapshot()),
    String.raw`# HELP a a "b" \\ c\nd
# TYPE a gauge
a{x="a \"b\" \\ c\nd"} 1
`,
  )
})
