/** Generated rules and configuration, judged by Prometheus' own tool (Debian package `prometheus`), over synthetic series. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  burnRateAlerts,
  grafanaDashboard,
  prometheusConfig,
  recordingRules,
  rulesYaml,
  type SloDeclaration,
  topologyAlerts,
  yamlText,
} from 'genever/slo'

const folder = mkdtempSync(join(tmpdir(), 'genever-slo-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** What `promtool` has to say, and whether it is content. */
function promtool(...words: string[]): Promise<{ ok: boolean; says: string }> {
  return new Promise((resolve, reject) => {
    execFile('promtool', words, { cwd: folder, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error !== null && error.code === 'ENOENT') reject(error)
      else resolve({ ok: error === null, says: stdout + stderr })
    })
  })
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

const all: SloDeclaration = {
  name: 'orders',
  slo: { availability: 0.999, latency: { p50Ms: 50, p95Ms: 200, p99Ms: 1_000 } },
}

describe('promtool check', () => {
  const table: { declaration: SloDeclaration; why: string }[] = [
    { declaration: all, why: 'everything that can be promised' },
    {
      declaration: { name: 'a-b-2', slo: { availability: 0.9999999 } },
      why: 'a budget that is written with an exponent',
    },
    { declaration: { name: 'orders', slo: { latency: { p99Ms: 0.1 } } }, why: 'below the smallest bucket' },
    { declaration: { name: 'orders' }, why: 'nothing is promised' },
  ]
  for (const [at, { declaration, why }] of table.entries()) {
    it(`rules has nothing to say against ${JSON.stringify(declaration)}: ${why}`, async () => {
      const rules = write(`${at}.rules.yml`, await rulesYaml(recordingRules(declaration), { comment: ['head'] }))
      const alerts = write(`${at}.alerts.yml`, await rulesYaml(burnRateAlerts(declaration)))
      const { ok, says } = await promtool('check', 'rules', rules, alerts)
      assert.ok(ok, says)
      assert.doesNotMatch(says, /duplicate|FAILED/)
    })
  }

  it('rules understands every plot of the dashboard', async () => {
    const exprs = grafanaDashboard(all).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const rules = exprs.map((expr, at) => ({ record: `plot:${at}`, expr, labels: {} }))
    const file = write('plots.yml', await rulesYaml([{ name: 'plots', rules }]))
    const { ok, says } = await promtool('check', 'rules', file)
    assert.ok(ok, says)
    assert.ok(says.includes(`${exprs.length} rules found`), says)
  })

  // Debian's build has no discovery by Kubernetes or Consul and refuses these words; their relabelling is tried beside.
  it('config has nothing to say against the static one', async () => {
    write('orders.rules.yml', await rulesYaml(recordingRules(all)))
    write('orders.alerts.yml', await rulesYaml(burnRateAlerts(all)))
    const config = prometheusConfig([all, { name: 'users', ports: { admin: 9191 } }], {
      ruleFiles: ['*.rules.yml', '*.alerts.yml'],
      alertmanagers: ['127.0.0.1:9093'],
    })
    const { ok, says } = await promtool('check', 'config', write('prometheus.yml', await yamlText(config)))
    assert.ok(ok, says)
  })

  it('does speak up when something is wrong', async () => {
    const rules = [{ record: 'slo:x', expr: 'sum(', labels: {} }]
    assert.equal(
      (await promtool('check', 'rules', write('bad.yml', await rulesYaml([{ name: 'bad', rules }])))).ok,
      false,
    )
  })
})

interface Scenario {
  readonly why: string
  readonly slo: NonNullable<SloDeclaration['slo']>
  /** In steps of a minute, as promtool writes them. */
  readonly series: readonly string[][]
  /** Alerts that fire, by time. */
  readonly firing: Readonly<Record<string, readonly string[]>>
}

const availability = { availability: 0.999 }
const answered = (status: number): string =>
  `http_requests_total{job="orders",method="GET",route="/",status="${status}"}`
const within = (le: string): string =>
  `http_request_duration_seconds_bucket{job="orders",method="GET",route="/",le="${le}"}`
const durations = 'http_request_duration_seconds_count{job="orders",method="GET",route="/"}'

const scenarios: Scenario[] = [
  {
    why: 'all is well',
    slo: all.slo ?? {},
    series: [
      [answered(200), '0+100x300'],
      [durations, '0+100x300'],
      [within('0.05'), '0+100x300'],
      [within('0.1'), '0+100x300'],
      [within('1'), '0+100x300'],
    ],
    firing: { '10m': [], '2h': [], '5h': [] },
  },
  {
    why: 'an outage pages within three minutes, the page ends within an hour, and the ticket stays',
    slo: availability,
    series: [
      [answered(200), '0+100x600 60000x9 60000+100x300'],
      [answered(500), '0x600 0+100x9 1000x300'],
    ],
    firing: {
      '10h': [],
      '10h3m': ['SloBudgetBurnsFast availability'],
      '11h': ['SloBudgetBurnsSlowly availability'],
    },
  },
  {
    why: 'one failure in an hour of ten requests is 100 times the budget and wakes nobody',
    slo: availability,
    series: [
      [answered(200), '0+0.2x600'],
      [answered(500), '0x400 1x200'],
    ],
    firing: { '6h45m': [], '7h': [], '9h': [] },
  },
  {
    why: 'a quiet service that fails altogether does page',
    slo: availability,
    series: [
      [answered(200), '0+0.2x400 80x100'],
      [answered(500), '0x400 0+0.2x100'],
    ],
    firing: { '6h': [], '8h': ['SloBudgetBurnsFast availability', 'SloBudgetBurnsSlowly availability'] },
  },
  {
    why: 'a slow leak of twice the budget is a ticket',
    slo: availability,
    series: [
      [answered(200), '0+998x600'],
      [answered(500), '0+2x600'],
    ],
    firing: { '9h': ['SloBudgetBurnsSlowly availability'] },
  },
  {
    why: 'half of the budget is nothing to speak of',
    slo: { availability: 0.99 },
    series: [
      [answered(200), '0+995x600'],
      [answered(503), '0+5x600'],
    ],
    firing: { '9h': [] },
  },
  {
    why: 'client errors are no failures',
    slo: availability,
    series: [
      [answered(200), '0+100x120'],
      [answered(404), '0+100x120'],
    ],
    firing: { '2h': [] },
  },
  {
    why: 'one of five slower than the p99 pages; failures are the business of availability',
    slo: { latency: { p99Ms: 250 } },
    series: [
      [durations, '0+100x120'],
      [within('0.25'), '0+80x120'],
      [answered(500), '0+100x120'],
    ],
    firing: { '2h': ['SloBudgetBurnsFast latency-p99', 'SloBudgetBurnsSlowly latency-p99'] },
  },
  {
    why: 'one of twenty slower than the p99 is a ticket',
    slo: { latency: { p99Ms: 250 } },
    series: [
      [durations, '0+100x120'],
      [within('0.25'), '0+95x120'],
    ],
    firing: { '2h': ['SloBudgetBurnsSlowly latency-p99'] },
  },
  {
    why: 'a whole bound counts as Prometheus 3 stores it too',
    slo: { latency: { p99Ms: 1_000 } },
    series: [
      [durations, '0+100x120'],
      [within('1.0'), '0+100x120'],
    ],
    firing: { '2h': [] },
  },
  { why: 'no series at all, no alert', slo: availability, series: [], firing: { '2h': [] } },
]

describe('promtool test rules', () => {
  for (const [at, { why, slo, series, firing }] of scenarios.entries()) {
    it(why, async () => {
      const declaration = { name: 'orders', slo }
      const file = write(
        `scenario-${at}.yml`,
        await rulesYaml([...recordingRules(declaration), ...burnRateAlerts(declaration)]),
      )
      const scenario = {
        rule_files: [file],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: series.map(([name, values]) => ({ series: name, values })),
            promql_expr_test: Object.entries(firing).map(([eval_time, alerts]) => ({
              expr: 'count by (alertname, slo) (ALERTS{alertstate="firing"})',
              eval_time,
              exp_samples: alerts.map((alert) => {
                const [alertname, name] = alert.split(' ')
                return { labels: `{alertname="${alertname}", slo="${name}"}`, value: 1 }
              }),
            })),
          },
        ],
      }
      const { ok, says } = await promtool('test', 'rules', write(`scenario-${at}.test.yml`, JSON.stringify(scenario)))
      assert.ok(ok, says)
    })
  }

  it('the budget that is left, and what an alert says', async () => {
    const declaration = { name: 'orders', slo: { availability: 0.9 } }
    const file = write('budget.yml', await rulesYaml([...recordingRules(declaration), ...burnRateAlerts(declaration)]))
    const scenario = {
      rule_files: [file],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            { series: answered(200), values: '0+25x120' },
            { series: answered(500), values: '0+75x120' },
          ],
          promql_expr_test: [
            {
              expr: 'round(slo:error_budget_remaining:ratio, 0.001)',
              eval_time: '2h',
              exp_samples: [{ labels: '{service="orders", slo="availability"}', value: -6.5 }],
            },
          ],
          alert_rule_test: [
            {
              eval_time: '2h',
              alertname: 'SloBudgetBurnsFast',
              exp_alerts: [
                {
                  exp_labels: { severity: 'page', service: 'orders', slo: 'availability' },
                  exp_annotations: {
                    summary: 'orders: the error budget of availability burns fast',
                    description:
                      '75% of requests are bad. Promised: 90 % of requests not answered with 5xx. The budget of 30 days burns at more than 6x over 6h.',
                  },
                },
              ],
            },
          ],
        },
      ],
    }
    const { ok, says } = await promtool('test', 'rules', write('budget.test.yml', JSON.stringify(scenario)))
    assert.ok(ok, says)
  })

  it('a circle in the topology, once it has been there for ten minutes', async () => {
    const file = write('topology.yml', await rulesYaml(topologyAlerts()))
    const seen = (eval_time: string, count: number): unknown => ({
      expr: 'count(ALERTS{alertname="TopologyCycle",severity="ticket",alertstate="firing"})',
      eval_time,
      exp_samples: count === 0 ? [] : [{ labels: '{}', value: count }],
    })
    const scenario = {
      rule_files: [file],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [{ series: 'genever_topology_cycles{job="genever-dashboard"}', values: '0x10 1x20 0x10' }],
          promql_expr_test: [seen('15m', 0), seen('25m', 1), seen('35m', 0)],
        },
      ],
    }
    const { ok, says } = await promtool('test', 'rules', write('topology.test.yml', JSON.stringify(scenario)))
    assert.ok(ok, says)
  })
})
