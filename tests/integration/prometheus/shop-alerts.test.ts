/**
 * The shop under a real Prometheus (Debian package `prometheus`): one configuration and the rules of all its services, and an
 * alert that fires when a fault is injected through the admin port. The hours of the alerts are seconds here, which is all that
 * differs from what `genever slo` writes.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunningService, Service } from 'genever/service'
import {
  type BurnWindow,
  burnRateAlerts,
  type PeriodBudget,
  PrometheusSource,
  prometheusConfig,
  queryValue,
  recordingRules,
  rulesYaml,
  type SloView,
  topologyAlerts,
  yamlText,
} from 'genever/slo'
import { noopLogger } from 'genever/telemetry'
import { createGateway } from '../../../examples/shop/gateway/service.ts'
import { createInventory } from '../../../examples/shop/inventory/service.ts'
import { createOrders } from '../../../examples/shop/orders/service.ts'
import { createPayments } from '../../../examples/shop/payments/service.ts'
import { createUsers } from '../../../examples/shop/users/service.ts'
import { freePort } from '../../../scripts/systems/free-port.ts'
import { eventually, PrometheusProcess } from './support/prometheus-process.ts'

const windows: readonly BurnWindow[] = [
  { severity: 'page', burnRate: 14.4, longSeconds: 16, shortSeconds: 8 },
  { severity: 'ticket', burnRate: 1, longSeconds: 32, shortSeconds: 16 },
]
/** Of availability alone: on a machine that is busy the promises of latency may be broken without a fault. */
const paging = 'ALERTS{alertname="SloBudgetBurnsFast",severity="page",slo="availability",alertstate="firing"}'
const token = 'let-it-fail'
const project = fileURLToPath(new URL('../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'genever-shop-alerts-'))
const services = new Map<string, { service: Service; running: RunningService }>()
let prometheus: PrometheusProcess
let isLoadOn = true
let load: Promise<void> = Promise.resolve()

before(async () => {
  const prometheusPort = await freePort()
  const resolver = { resolve: (name: string) => services.get(name)?.running.url ?? '' }
  const made = [
    createUsers(),
    createInventory(),
    createPayments(),
    createOrders(resolver),
    createGateway(resolver),
  ] as Service[]
  for (const service of made) {
    const config = { folder: join(folder, service.name) }
    const settings = { adminToken: token, log: noopLogger, prometheusUrl: `http://127.0.0.1:${prometheusPort}` }
    const running = await service.start(service.name === 'gateway' ? settings : { ...settings, config })
    services.set(service.name, { service, running })
  }
  load = keepLooking()
  await writeConfiguration()
  prometheus = await PrometheusProcess.start(folder, prometheusPort)
})

after(async () => {
  isLoadOn = false
  await load
  await prometheus?.stop()
  for (const { running } of [...services.values()].toReversed()) await running.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('the shop under Prometheus', () => {
  it('is scraped, each service under its name, and every rule can be evaluated', async () => {
    // A machine that is busy misses a scrape now and then, and the target is down until the next.
    await eventually('all have been up', async () => {
      const answer = await prometheus.ask<{ result: { metric: { job: string } }[] }>(
        `query?query=${encodeURIComponent('max_over_time(up[1m]) == 1')}`,
      )
      const jobs = answer.result.map(({ metric }) => metric.job)
      return jobs.sort().join() === 'gateway,inventory,orders,payments,users'
    })
    await eventually('every rule is well', async () => {
      const { groups } = await prometheus.ask<{ groups: { rules: { health: string; name: string }[] }[] }>('rules')
      const rules = groups.flatMap((group) => group.rules)
      assert.deepEqual(
        rules.filter(({ health }) => health === 'err'),
        [],
      )
      return rules.length > 100 && rules.every(({ health }) => health === 'ok')
    })
  })

  it('passes the gate while all is well', async () => {
    await eventually('enough requests were seen', async () => (await gate()).availability === 'pass')
    assert.equal(await value(paging), undefined)
  })

  it('pages for the service that was told to fail, for no other, and ends when the fault is stopped', async () => {
    const fault = { effect: { kind: 'error', status: 503 }, target: { route: '/api/v1/products' }, durationMs: 120_000 }
    const injected = await admin('POST', '/faults?by=rehearsal', { ...fault, share: 0.5 })
    assert.equal(injected.status, 201)
    await eventually('the alert fires', async () => (await value(paging)) === 1)
    const source = new PrometheusSource({ url: prometheus.url })
    const firing = (await source.query(`count by (service) (${paging})`)) as {
      data: { result: { metric: { service: string } }[] }
    }
    source.close()
    assert.deepEqual(
      firing.data.result.map(({ metric }) => metric.service),
      ['gateway'],
    )

    const { status, availability, told } = await gate()
    assert.deepEqual([status, availability], [1, 'fail'], told)
    const view = (await (await admin('GET', '/slo')).json()) as SloView
    assert.equal(view.objectives.find(({ objective }) => objective === 'availability')?.isBurning, true)
    // The period is computed from what the windows have recorded, and so a little later.
    let period: PeriodBudget | undefined
    await eventually('the budget of the period is spent', async () => {
      const { prometheus: recorded } = (await (await admin('GET', '/slo')).json()) as SloView
      if (recorded === undefined || !('objectives' in recorded)) return false
      period = recorded.objectives.find(({ objective }) => objective === 'availability')
      return (period?.remaining ?? 1) < 0
    })
    assert.ok((period?.burnRates['16s'] ?? 0) > 14.4, JSON.stringify(period))

    assert.equal((await admin('DELETE', '/faults')).status, 200)
    await eventually('the alert ends', async () => (await value(paging)) === undefined)
  })
})

function admin(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${services.get('gateway')?.running.adminUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

interface GateOutcome {
  readonly status: number
  /** The verdict on it. */
  readonly availability: string | undefined
  readonly told: string
}

/** As a pipeline would; the services run in this process, which must not be blocked meanwhile. */
function gate(): Promise<GateOutcome> {
  const words = ['gate', 'slo', 'examples/shop/gateway/main.ts', '--prometheus', prometheus.url]
  const rule = ['--window', '16s', '--min-requests', '10', '--json']
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli/main.ts', ...words, ...rule], { cwd: project }, (error, stdout, stderr) => {
      const [, availability] = /"objective": "availability",\s+"verdict": "(\w+)"/.exec(stdout) ?? []
      resolve({ status: Number(error?.code ?? 0), availability, told: stdout + stderr })
    })
  })
}

async function value(query: string): Promise<number | undefined> {
  return queryValue(await (await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`)).json())
}

/** About thirty visitors a second. */
async function keepLooking(): Promise<void> {
  const url = `${services.get('gateway')?.running.url}/api/v1/products`
  while (isLoadOn) {
    await (await fetch(url)).arrayBuffer()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

async function writeConfiguration(): Promise<void> {
  const declarations = [...services.values()].map(({ service }) => service.declaration)
  const targets = Object.fromEntries(
    [...services].map(([name, { running }]) => [name, [new URL(running.adminUrl).host]]),
  )
  const config = prometheusConfig(declarations, {
    discovery: { kind: 'static', targets },
    ruleFiles: ['*.rules.yml', '*.alerts.yml'],
    scrapeSeconds: 1,
    evaluationSeconds: 1,
  })
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write('prometheus.yml', await yamlText(config))
  write('topology.alerts.yml', await rulesYaml(topologyAlerts()))
  for (const declaration of declarations) {
    const rules = await rulesYaml(recordingRules(declaration, { windows }))
    write(`${declaration.name}.rules.yml`, rules.replaceAll('interval: 2m', 'interval: 1s'))
    write(`${declaration.name}.alerts.yml`, await rulesYaml(burnRateAlerts(declaration, { windows })))
  }
}
