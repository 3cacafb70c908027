/** What we expose, judged by Prometheus' own tool (Debian package `prometheus`). */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import { cumulativeSnapshot, mergeSnapshots, prometheusText, Registry, startRuntimeMetrics } from 'genever/telemetry'

/** A registry with every kind of instrument and the values that are hardest to write. */
function busyRegistry(): Registry {
  const registry = new Registry({ maxSeries: 3 })
  const awkward = ['', ' ', 'a"b', 'c\\d', 'e\nf', 'Grüße 👋', '{}=,#']
  const requests = registry.counter({ name: 'http_requests_total', help: 'Requests, "answered".', labels: ['route'] })
  for (const route of awkward) requests.labels({ route }).add(2 ** 60)
  const depth = registry.gauge({ name: 'queue_depth', help: 'Waiting \\ queued\nmessages.', labels: ['queue'] })
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.000_001]) {
    depth.labels({ queue: String(value) }).set(value)
  }
  const duration = registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer.',
    labels: ['method'],
  })
  const size = registry.summary({ name: 'http_response_size_bytes', help: 'Size of answers.', labels: ['method'] })
  for (const method of ['GET', 'POST']) {
    for (let i = 0; i < 1_000; i++) {
      duration.labels({ method }).observe(i / 100)
      size.labels({ method }).observe(i * 17)
    }
  }
  registry.summary({ name: 'never_observed_seconds', help: 'A summary without observations.' })
  startRuntimeMetrics(registry, { build: { service: 'orders', version: '1.2.3' } })()
  return registry
}

/** What `promtool check metrics` has to say; empty if nothing is wrong. */
async function promtool(exposition: string): Promise<string> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const complaints: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => complaints.push(piece))
  child.stderr.on('data', (piece: Buffer) => complaints.push(piece))
  child.stdin.end(exposition)
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  return Buffer.concat(complaints).toString() || (code === 0 ? '' : `exit code ${code}`)
}

describe('promtool check metrics', () => {
  it('has nothing to say against a registry', async () => {
    assert.equal(await promtool(prometheusText(busyRegistry().snapshot())), '')
  })

  it('nor against what several processes exposed together, one of them gone', async () => {
    const [a, b, gone] = [busyRegistry(), busyRegistry(), busyRegistry()].map((registry) => registry.snapshot())
    const merged = mergeSnapshots([a ?? [], b ?? [], cumulativeSnapshot(gone ?? [])])
    assert.equal(await promtool(prometheusText(merged)), '')
  })

  it('does speak up when something is wrong', async () => {
    assert.match(await promtool('# HELP orders Orders.\n# TYPE orders counter\norders 1\n'), /_total/)
    assert.match(await promtool('orders_total{a="b\n"} 1\n'), /error/i)
  })
})
