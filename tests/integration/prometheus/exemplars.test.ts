/** From a slow bucket to the request behind it: Prometheus (Debian package) scrapes a service and is asked for its exemplars. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { createService } from 'genever'
import { defineApi, get } from 'genever/api'
import { MemorySpans, noopLogger } from 'genever/telemetry'
import { z } from 'zod'
import { freePort } from '../../../scripts/systems/free-port.ts'
import { eventually, PrometheusProcess } from './support/prometheus-process.ts'

interface ExemplarsSeen {
  readonly seriesLabels: Readonly<Record<string, string>>
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[]
}

const stockApi = defineApi({ left: get('/stock', { responses: { 200: z.object({ left: z.int() }) } }) })

it('Prometheus finds the traces behind the buckets of requests and of calls', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genever-exemplars-'))
  const spans = new MemorySpans()
  const stock = createService({ name: 'stock', log: noopLogger })
  stock.http.implement(stockApi, { left: () => ({ left: 3 }) })
  const runningStock = await stock.start()
  const orders = createService({ name: 'orders', log: noopLogger, telemetry: { traces: { exporter: spans } } })
  const client = orders.client(stockApi, { service: 'stock', url: runningStock.url })
  orders.http.get('/orders', async (c) => c.json(await client.left()))
  const running = await orders.start()
  const { host } = new URL(running.adminUrl)
  const scrape = { job_name: 'orders', scrape_interval: '1s', static_configs: [{ targets: [host] }] }
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({ scrape_configs: [scrape] }))
  const prometheus = await PrometheusProcess.start(folder, await freePort(), ['--enable-feature=exemplar-storage'])
  try {
    const find = async (metric: string): Promise<string[]> => {
      const answer = await fetch(`${running.url}/orders`)
      await answer.arrayBuffer()
      const query = `query_exemplars?query=${metric}&start=${Date.now() / 1_000 - 600}&end=${Date.now() / 1_000 + 60}`
      const found = await prometheus.ask<ExemplarsSeen[]>(query)
      return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => `${labels.trace_id} ${labels.span_id}`))
    }
    for (const metric of ['http_request_duration_seconds_bucket', 'client_call_duration_seconds_bucket']) {
      let found: string[] = []
      await eventually(`an exemplar of ${metric}`, async () => {
        found = await find(metric)
        return found.length > 0
      })
      const requests = spans.records.filter(({ kind }) => kind === 'server')
      const known = new Set(requests.map(({ context }) => `${context.traceId} ${context.spanId}`))
      assert.ok(
        found.every((ids) => known.has(ids)),
        `${found} are requests of the service`,
      )
    }
  } finally {
    await prometheus.stop()
    await running.stop()
    await runningStock.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
