import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { Registry } from '../registry.ts'
import { openMetricsText } from './open-metrics.ts'

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true }

it('an exposition names families without _total, gives units, shows exemplars, and has an end', () => {
  const registry = new Registry({ clock: new ManualClock() })
  registry.counter({ name: 'orders_total', help: 'Orders, "all".' }).add(3)
  const wait = registry.histogram({ name: 'wait_seconds', help: 'Wait.', buckets: [0.5, 1], labels: ['route'] })
  wait.labels({ route: '/' }).observe(0.25, trace)
  wait.labels({ route: '/' }).observe(7)
  const when = (new ManualClock().now() / 1_000).toFixed(3)
  assert.equal(
    openMetricsText(registry.snapshot()),
    `# TYPE orders counter
# HELP orders Orders, \\"all\\".
orders_total 3
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds Wait.
wait_seconds_bucket{route="/",le="0.5"} 1 # {trace_id="${trace.traceId}",span_id="${trace.spanId}"} 0.25 ${when}
wait_seconds_bucket{route="/",le="1.0"} 1
wait_seconds_bucket{route="/",le="+Inf"} 2
wait_seconds_sum{route="/"} 7.25
wait_seconds_count{route="/"} 2
# EOF
`,
  )
})
