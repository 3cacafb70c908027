/**
 * What we expose, judged by Prometheus' own tool (Debian package `prometheus`), and by the reference parser of OpenMetrics
 * (`python3-prometheus-client`), which is stricter than Prometheus itself.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import {
  cumulativeSnapshot,
  mergeSnapshots,
  openMetricsText,
  prometheusText,
  Registry,
  startRuntimeMetrics,
} from 'genever/telemetry'

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
      duration
        .labels({ method })
        .observe(i / 100, { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: i % 2 === 0 })
      size.labels({ method }).observe(i * 17)
    }
  }
  registry.summary({ name: 'never_observed_seconds', help: 'A summary without observations.' })
  startRuntimeMetrics(registry, { build: { service: 'orders', version: '1.2.3' } })()
  return registry
}

/** What `promtool check metrics` has to say; empty if nothing is wrong. */
function promtool(exposition: string): Promise<string> {
  return complaintsOf('promtool', ['check', 'metrics'], exposition)
}

const readOpenMetrics = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.buffer.read().decode()))
exemplars = [s for f in families for s in f.samples if s.exemplar]
if len(sys.argv) > 1: print(len(families), len(exemplars))
`

/** What the reference parser has to say, or what it has counted: families and exemplars. */
function openMetricsParser(exposition: string, ...args: string[]): Promise<string> {
  return complaintsOf('/usr/bin/python3', ['-c', readOpenMetrics, ...args], exposition)
}

async function complaintsOf(command: string, args: readonly string[], exposition: string): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
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

describe('the reference parser of OpenMetrics', () => {
  it('reads all families and exemplars of a registry', async () => {
    const snapshot = busyRegistry().snapshot()
    const withSeries = snapshot.filter(({ series }) => series.length > 0)
    const exemplars = withSeries.flatMap((family) =>
      family.kind === 'histogram' ? family.series.flatMap(({ point }) => point.exemplars ?? []) : [],
    )
    assert.ok(exemplars.length > 10)
    assert.equal(
      (await openMetricsParser(openMetricsText(snapshot), 'count')).trim(),
      `${withSeries.length} ${exemplars.length}`,
    )
  })

  it('reads what several processes exposed together, one of them gone', async () => {
    const [a, b, gone] = [busyRegistry(), busyRegistry(), busyRegistry()].map((registry) => registry.snapshot())
    const merged = mergeSnapshots([a ?? [], b ?? [], cumulativeSnapshot(gone ?? [])])
    assert.equal(await openMetricsParser(openMetricsText(merged)), '')
  })

  it('does speak up when something is wrong', async () => {
    assert.match(await openMetricsParser('# TYPE orders counter\norders_total 1\n'), /EOF/)
  })
})
