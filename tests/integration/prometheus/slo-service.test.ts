/** A real Prometheus (Debian package `prometheus`) that scrapes a real service: numbers, an alert under faults, the gate. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { createService, ServiceError } from 'genever'
import type { RunningService } from 'genever/service'
import {
  type BurnWindow,
  burnRateAlerts,
  type Discovery,
  gate,
  gateQueries,
  grafanaDashboard,
  objectivesOf,
  prometheusConfig,
  queryValue,
  recordingRules,
  rulesYaml,
  yamlText,
} from 'genever/slo'
import { noopLogger } from 'genever/telemetry'

/** The hours of the workbook as seconds, so that an alert fires while one waits. */
const windows: readonly BurnWindow[] = [
  { severity: 'page', burnRate: 14.4, longSeconds: 8, shortSeconds: 4 },
  { severity: 'ticket', burnRate: 1, longSeconds: 16, shortSeconds: 8 },
]

const folder = mkdtempSync(join(tmpdir(), 'genever-prometheus-'))
let isFaulty = false
const service = createService({
  name: 'orders',
  slo: { availability: 0.99, latency: { p99Ms: 2_500 } },
  log: noopLogger,
})
service.http.get('/orders/:id', (c) => {
  if (isFaulty) throw new ServiceError('STOCK_DOWN', 'The stock does not answer.', { status: 503 })
  return c.json({ id: c.params.id })
})
const objectives = objectivesOf(service.declaration)

let running: RunningService
let prometheus: ChildProcess
let prometheusUrl = ''
let isLoadOn = true
let load: Promise<void> = Promise.resolve()

before(async () => {
  running = await service.start()
  load = keepAsking()
  await writeConfiguration()
  const port = await freePort()
  prometheusUrl = `http://127.0.0.1:${port}`
  prometheus = spawn(
    'prometheus',
    [
      '--config.file=prometheus.yml',
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      '--log.level=warn',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await eventually('Prometheus is ready', async () => (await fetch(`${prometheusUrl}/-/ready`)).ok)
})

after(async () => {
  isLoadOn = false
  prometheus.kill('SIGTERM')
  await new Promise((resolve) => (prometheus.exitCode === null ? prometheus.once('exit', resolve) : resolve(undefined)))
  await load
  await running.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('a real Prometheus', () => {
  it('has nothing to complain about in rules and targets', async () => {
    await eventually('every rule was evaluated', async () => {
      const { groups } = await ask<{ groups: { rules: { health: string; lastError?: string; name: string }[] }[] }>(
        'rules',
      )
      const rules = groups.flatMap((group) => group.rules)
      const failing = rules.filter(({ health }) => health === 'err')
      assert.deepEqual(failing, [])
      return rules.length > 0 && rules.every(({ health }) => health === 'ok')
    })
  })

  it('computes from a real service the ratio, the rate and the budget that were asked for', async () => {
    await eventually(
      'requests are counted',
      async () => ((await value('slo:requests:rate4s{slo="availability"}')) ?? 0) > 1,
    )
    // Prometheus evaluates each group at a moment of its own: one is there before the other. Once there, it must be right.
    for (const slo of ['availability', 'latency-p99']) {
      let ratio: number | undefined
      await eventually(`the ratio of ${slo} is recorded`, async () => {
        ratio = await value(`slo:error_ratio:rate4s{slo="${slo}"}`)
        return ratio !== undefined
      })
      assert.equal(ratio, 0)
    }
    assert.equal(await value('ALERTS'), undefined)
    await eventually(
      'the budget is whole',
      async () => (await value('slo:error_budget_remaining:ratio{slo="availability"}')) === 1,
    )
  })

  it('finds the service as Kubernetes and Consul would describe it, and nothing else', async () => {
    const target = { scrapeUrl: `${running.adminUrl}/metrics`, health: 'up' }
    const expected = {
      kubernetes: [{ ...target, rest: { namespace: 'shop', pod: 'orders-1', version: '1.2.3' } }],
      consul: [
        { ...target, rest: { datacenter: 'dc1', instance_id: 'orders-1', version: '1.2.3' } },
        { rest: { instance_id: 'orders-2' }, scrapeUrl: `${running.url}/metrics`, health: 'down' },
      ],
      dropped: 3,
    }
    let found: unknown
    // A machine that is busy misses a scrape now and then, and the target is down until the next.
    await eventually('the targets are those', async () => {
      found = await targets()
      return isDeepStrictEqual(found, expected)
    }).catch(() => {})
    assert.deepEqual(found, expected)
  })

  it('answers every plot of the dashboard', async () => {
    for (const { title, targets } of grafanaDashboard(service.declaration, { windows }).panels) {
      for (const { expr } of targets) {
        // A rate over minutes is there as soon as there are two scrapes.
        await eventually(`${title}: ${expr}`, async () => {
          const { result } = await ask<{ result: unknown[] }>(`query?query=${encodeURIComponent(expr)}`)
          return result.length > 0
        })
      }
    }
  })

  it('lets a release through while all is well', async () => {
    assert.deepEqual((await verdict()).verdict, 'pass')
  })

  it('pages when faults are injected, and so do the gate and /health', async () => {
    isFaulty = true
    const paging = 'ALERTS{alertname="SloBudgetBurnsFast",severity="page",slo="availability",alertstate="firing"}'
    await eventually('the alert fires', async () => (await value(paging)) === 1)
    const { verdict: judged, objectives: rows } = await verdict()
    assert.equal(judged, 'fail')
    assert.match(rows[0]?.reason ?? '', /bad|spent/)

    const health = (await (await fetch(`${running.adminUrl}/health`)).json()) as {
      status: string
      components: { slo: { status: string; error: string; details: Record<string, { failures: number }> } }
    }
    assert.equal(health.status, 'DEGRADED')
    assert.equal(health.components.slo.error, 'the error budget of availability burns fast')
    assert.ok((health.components.slo.details.availability?.failures ?? 0) > 0)
    assert.equal((await fetch(`${running.adminUrl}/readyz`)).status, 200)

    isFaulty = false
    await eventually('the alert ends', async () => (await value(paging)) === undefined)
  })
})

/** The targets that were found by each discovery, as Prometheus tells them. */
async function targets(): Promise<{ kubernetes: unknown[]; consul: unknown[]; dropped: number }> {
  const { activeTargets, droppedTargets } = await ask<{
    activeTargets: { labels: Record<string, string>; scrapeUrl: string; health: string }[]
    droppedTargets: unknown[]
  }>('targets')
  const of = (kind: string): unknown[] =>
    activeTargets
      .filter(({ labels }) => labels.job === kind)
      .map(({ labels: { job: _, instance: __, ...rest }, scrapeUrl, health }) => ({ rest, scrapeUrl, health }))
  return { kubernetes: of('kubernetes'), consul: of('consul'), dropped: droppedTargets.length }
}

/** What a gate decides from the numbers of Prometheus. */
async function verdict(): Promise<ReturnType<typeof gate>> {
  const readings = await Promise.all(
    gateQueries(objectives, { windowSeconds: 8 }).map(async ({ objective, requests, failures }) => ({
      objective,
      requests: (await value(requests)) ?? 0,
      failures: (await value(failures)) ?? 0,
    })),
  )
  return gate(objectives, readings, { minRequests: 10 })
}

async function value(query: string): Promise<number | undefined> {
  return queryValue(await (await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(query)}`)).json())
}

async function ask<T>(path: string): Promise<T> {
  const answer = (await (await fetch(`${prometheusUrl}/api/v1/${path}`)).json()) as { status: string; data: T }
  assert.equal(answer.status, 'success', path)
  return answer.data
}

/** About fifty requests a second. */
async function keepAsking(): Promise<void> {
  while (isLoadOn) {
    await (await fetch(`${running.url}/orders/17`)).arrayBuffer()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function writeConfiguration(): Promise<void> {
  const { declaration } = service
  const adminPort = Number(new URL(running.adminUrl).port)
  const asked = { name: 'orders', ports: { admin: adminPort } }
  const options = { ruleFiles: ['*.rules.yml', '*.alerts.yml'], scrapeSeconds: 0.5, evaluationSeconds: 0.5 }
  const config = prometheusConfig([asked], options)
  const scrapeConfigs = config.scrape_configs as Record<string, unknown>[]
  scrapeConfigs.push(described('kubernetes', adminPort), described('consul', adminPort))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'prometheus.yml'), await yamlText(config))
  writeFileSync(
    join(folder, 'orders.rules.yml'),
    (await rulesYaml(recordingRules(declaration, { windows }))).replaceAll('interval: 2m', 'interval: 500ms'),
  )
  writeFileSync(join(folder, 'orders.alerts.yml'), await rulesYaml(burnRateAlerts(declaration, { windows })))
}

/** The generated job, with the labels that a discovery finds in place of the discovery, which Debian's build leaves out. */
function described(kind: 'kubernetes' | 'consul', adminPort: number): Record<string, unknown> {
  const discovery: Discovery = { kind }
  const config = prometheusConfig([{ name: 'orders', ports: { admin: adminPort } }], { discovery })
  const [job] = config.scrape_configs as [Record<string, unknown>]
  const { [`${kind}_sd_configs`]: _, ...rest } = job
  const targets = kind === 'kubernetes' ? podsOn(adminPort) : instances()
  return { ...rest, job_name: kind, static_configs: targets.map(([target, labels]) => ({ targets: [target], labels })) }
}

type Target = readonly [address: string, labels: Record<string, string>]

function podsOn(adminPort: number): Target[] {
  const pod = (labels: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries({
        pod_label_app_kubernetes_io_name: 'orders',
        pod_container_port_number: String(adminPort),
        pod_phase: 'Running',
        namespace: 'shop',
        pod_name: 'orders-1',
        pod_label_app_kubernetes_io_version: '1.2.3',
        ...labels,
      }).map(([name, text]) => [`__meta_kubernetes_${name}`, text]),
    )
  return [
    [`127.0.0.1:${adminPort}`, pod({})],
    ['127.0.0.1:8080', pod({ pod_container_port_number: '8080' })],
    ['127.0.0.1:1', pod({ pod_label_app_kubernetes_io_name: 'users' })],
    ['127.0.0.1:2', pod({ pod_phase: 'Succeeded' })],
  ]
}

/** Both are registered at some traffic port; the second names its admin port itself: one where no metrics are. */
function instances(): Target[] {
  return [
    [
      '127.0.0.1:8080',
      {
        __meta_consul_dc: 'dc1',
        __meta_consul_service_id: 'orders-1',
        __meta_consul_service_metadata_version: '1.2.3',
      },
    ],
    [
      '127.0.0.1:8081',
      {
        __meta_consul_service_id: 'orders-2',
        __meta_consul_service_metadata_admin_port: new URL(running.url).port,
      },
    ],
  ]
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 30_000
  while (performance.now() < endMs) {
    if (await holds().catch(notYet)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  assert.fail(`did not come about within 30 s: ${what}`)
}

function notYet(error: unknown): boolean {
  if (error instanceof assert.AssertionError) throw error
  return false
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
