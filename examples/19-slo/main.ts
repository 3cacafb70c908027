/**
 * slo: one promise, and everything that watches it: rules, alerts, the budget in /health, the verdict on a release.
 *
 *   prints availability: 99 % of requests not answered with 5xx
 *   prints latency-p99: 99 % of requests answered within 250 ms
 *   prints page: orders: the error budget of availability burns fast
 *   prints a job for orders, 2 objectives on the dashboard
 *   prints health: DEGRADED, the error budget of availability burns fast
 *   prints availability: 20 of 200 failed, 10 times the budget
 *   prints release: fail, 20 of 200 requests were bad: 10 times the budget, 1 allowed
 *   ends
 */
import { createService, ServiceError } from 'genever'
import type { HealthReport } from 'genever/health'
import {
  burnRateAlerts,
  describeObjective,
  type ErrorBudget,
  gate,
  grafanaDashboard,
  objectivesOf,
  prometheusConfig,
  recordingRules,
  rulesYaml,
} from 'genever/slo'
import { noopLogger } from 'genever/telemetry'

const service = createService({
  name: 'orders',
  slo: { availability: 0.99, latency: { p99Ms: 250 } },
  log: noopLogger,
})
service.http.get('/orders/:id', (c) => {
  if (Number(c.params.id) % 10 === 0) throw new ServiceError('STOCK_DOWN', 'Try again later.', { status: 503 })
  return { id: c.params.id }
})

// 1. What is promised.
const { declaration } = service
const objectives = objectivesOf(declaration)
for (const objective of objectives) console.log(`${objective.name}: ${describeObjective(objective)}`)

// 2. What Prometheus and Grafana need; `genever slo FILE --out FOLDER` writes it to files.
const alerts = burnRateAlerts(declaration)
await rulesYaml([...recordingRules(declaration), ...alerts])
const [page] = alerts.flatMap(({ rules }) => rules)
if (page !== undefined && 'alert' in page) console.log(`${page.labels.severity}: ${page.annotations.summary}`)
const [job] = prometheusConfig([declaration]).scrape_configs as { job_name: string }[]
const budgets = grafanaDashboard(declaration).panels.filter(({ type }) => type === 'stat')
console.log(`a job for ${job?.job_name}, ${budgets.length} objectives on the dashboard`)

// 3. One request in ten fails: the service itself says so.
const running = await service.start()
for (let id = 1; id <= 200; id++) await fetch(`${running.url}/orders/${id}`)
const health = (await (await fetch(`${running.adminUrl}/health`)).json()) as HealthReport
await running.stop()
const { error, details = {} } = health.components.slo ?? {}
console.log(`health: ${health.status}, ${error ?? 'nothing burns fast'}`)

// 4. And a release of it would not go on.
const { requests, failures, burnRates } = details.availability as ErrorBudget
console.log(`availability: ${failures} of ${requests} failed, ${burnRates['1h']} times the budget`)
const { verdict, objectives: rows } = gate(objectives.slice(0, 1), [{ objective: 'availability', requests, failures }])
console.log(`release: ${verdict}, ${rows[0]?.reason}`)
