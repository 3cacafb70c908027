import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { burnRateAlerts } from './burn-rate-alerts.ts'
import { grafanaDashboard } from './grafana-dashboard.ts'
import { type Discovery, prometheusConfig } from './prometheus-config.ts'
import { recordingRules } from './recording-rules.ts'
import type { RuleGroup } from './rule.ts'
import { rulesYaml, yamlText } from './yaml-text.ts'

const orders = {
  name: 'orders',
  slo: { availability: 0.999, latency: { p50Ms: 50, p99Ms: 250 } },
}

function exprOf(groups: readonly RuleGroup[], record: string, slo: string): string | undefined {
  return groups
    .flatMap(({ rules }) => rules)
    .find((rule) => 'record' in rule && rule.record === record && rule.labels.slo === slo)?.expr
}

describe('recording rules', () => {
  const groups = recordingRules(orders)
  const table = [
    {
      record: 'slo:requests:rate5m',
      slo: 'availability',
      expr: 'sum(rate(http_requests_total{job="orders"}[5m]))',
      why: 'over all routes and instances',
    },
    {
      record: 'slo:errors:rate1h',
      slo: 'availability',
      expr: 'sum(rate(http_requests_total{job="orders",status=~"5.."}[1h])) or 0 * sum(rate(http_requests_total{job="orders"}[1h]))',
      why: 'a service that never failed has no such series, and must read as 0',
    },
    {
      record: 'slo:errors:rate5m',
      slo: 'latency-p99',
      expr: 'clamp_min(sum(rate(http_request_duration_seconds_count{job="orders"}[5m])) - sum(rate(http_request_duration_seconds_bucket{job="orders",le="0.25"}[5m])), 0)',
      why: 'slow are those outside of the bucket',
    },
    {
      record: 'slo:error_ratio:rate3d',
      slo: 'availability',
      expr: 'slo:errors:rate3d{service="orders",slo="availability"} / (slo:requests:rate3d{service="orders",slo="availability"} > 0)',
      why: 'no requests, no ratio',
    },
    {
      record: 'slo:errors:rate3d',
      slo: 'availability',
      expr: 'sum_over_time(slo:errors:rate5m{service="orders",slo="availability"}[3d:5m]) * 300 / 259200',
      why: 'days are summed from what was recorded, in steps that tile them',
    },
    {
      record: 'slo:error_budget_remaining:ratio',
      slo: 'availability',
      expr: '1 - slo:error_ratio:rate30d{service="orders",slo="availability"} / 0.001',
      why: 'the budget is of 30 days',
    },
  ]
  for (const { record, slo, expr, why } of table) {
    it(`${record} of ${slo}: ${why}`, () => assert.equal(exprOf(groups, record, slo), expr))
  }

  it('match a whole bound as Prometheus 2 and as Prometheus 3 store it', () => {
    const groups = recordingRules({ name: 'orders', slo: { latency: { p99Ms: 1_000 } } })
    assert.match(exprOf(groups, 'slo:errors:rate5m', 'latency-p99') ?? '', /le=~"1\(\\\\\.0\)\?"/)
  })

  it('select by what they are given', () => {
    const groups = recordingRules(orders, { selector: 'job="shop",service="orders"' })
    assert.match(exprOf(groups, 'slo:requests:rate5m', 'availability') ?? '', /\{job="shop",service="orders"\}/)
  })

  it('have groups of different names, and the same text each time', async () => {
    const names = groups.map(({ name }) => name)
    assert.deepEqual(new Set(names).size, names.length)
    assert.equal(await rulesYaml(groups), await rulesYaml(recordingRules(structuredClone(orders))))
  })
})

describe('burn-rate alerts', () => {
  it('page and file tickets for each objective, as far as its budget can burn', () => {
    const [group, ...others] = burnRateAlerts(orders)
    assert.deepEqual(others, [])
    const rows = group?.rules.map(({ labels }) => `${labels.slo} ${labels.severity}`)
    assert.deepEqual(rows, [
      'availability page',
      'availability ticket',
      'latency-p50 ticket',
      'latency-p99 page',
      'latency-p99 ticket',
    ])
  })

  it('need both windows and more than chance', () => {
    const windows = [{ severity: 'page', burnRate: 10, longSeconds: 60, shortSeconds: 5 }] as const
    const [group] = burnRateAlerts({ name: 'orders', slo: { availability: 0.99 } }, { windows, minFailures: 3 })
    const matcher = '{service="orders",slo="availability"}'
    assert.equal(
      group?.rules[0]?.expr,
      `(slo:error_ratio:rate1m${matcher} > 0.1 and slo:error_ratio:rate5s${matcher} > 0.1 and slo:errors:rate1m${matcher} * 60 >= 3)`,
    )
  })

  it('read only what is recorded', () => {
    const recorded = new Set(
      recordingRules(orders).flatMap(({ rules }) => rules.map((rule) => ('record' in rule ? rule.record : ''))),
    )
    const read = burnRateAlerts(orders).flatMap(({ rules }) =>
      rules.flatMap(({ expr }) => expr.match(/slo:\w+:\w+/g) ?? []),
    )
    assert.ok(read.length > 0)
    assert.deepEqual(
      read.filter((name) => !recorded.has(name)),
      [],
    )
  })

  it('are none where nothing is promised', () => assert.deepEqual(burnRateAlerts({ name: 'orders' }), []))
})

describe('the Grafana dashboard', () => {
  const dashboard = grafanaDashboard(orders)

  it('has a row for each objective, for routes and for instances, side by side without overlap', () => {
    assert.equal(dashboard.panels.length, 3 * 3 + 6)
    const cells = dashboard.panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)
    assert.equal(new Set(cells).size, cells.length)
    for (const { gridPos } of dashboard.panels) assert.ok(gridPos.x + gridPos.w <= 24)
  })

  it('plots only what is recorded or exposed', () => {
    const recorded = new Set(
      recordingRules(orders).flatMap(({ rules }) => rules.map((rule) => ('record' in rule ? rule.record : ''))),
    )
    const plotted = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/(?:slo|route):\w+:\w+/g) ?? []),
    )
    assert.ok(plotted.length > 0)
    assert.deepEqual(
      plotted.filter((name) => !recorded.has(name)),
      [],
    )
  })

  it('has an identity of at most 40 characters that tells long names apart', () => {
    const uids = ['a'.repeat(63), `${'a'.repeat(62)}b`, 'orders'].map((name) => grafanaDashboard({ name }).uid)
    assert.equal(new Set(uids).size, 3)
    for (const uid of uids) assert.ok(uid.length <= 40, uid)
  })

  it('is plain JSON', () => assert.deepEqual(JSON.parse(JSON.stringify(dashboard)), dashboard))
})

describe('prometheus.yml', () => {
  const table: { discovery: Discovery; says: RegExp[]; why: string }[] = [
    { discovery: { kind: 'static' }, says: [/targets:\n +- 127\.0\.0\.1:9100\n/], why: 'the declared admin port' },
    {
      discovery: { kind: 'static', targets: { orders: ['10.0.0.1:9090', '10.0.0.2:9090'] } },
      says: [/- 10\.0\.0\.1:9090\n +- 10\.0\.0\.2:9090/],
      why: 'known addresses',
    },
    {
      discovery: { kind: 'kubernetes', namespaces: ['shop'] },
      says: [/role: pod\n +namespaces:\n +names:\n +- shop/, /regex: orders\n +action: keep/, /regex: "9100"/],
      why: 'pods by label and admin port',
    },
    { discovery: { kind: 'kubernetes' }, says: [/^(?![\s\S]*namespaces:)/], why: 'all namespaces' },
    {
      discovery: { kind: 'consul', server: 'consul:8500' },
      says: [/server: consul:8500\n +services:\n +- orders/, /replacement: \$1:9100/],
      why: 'instances, at the admin port',
    },
  ]
  for (const { discovery, says, why } of table) {
    it(`with ${JSON.stringify(discovery)}: ${why}`, async () => {
      const text = await yamlText(prometheusConfig([{ ...orders, ports: { admin: 9100 } }], { discovery }))
      assert.match(text, /job_name: orders/)
      for (const pattern of says) assert.match(text, pattern)
    })
  }

  it('names rules and alertmanagers only where there are some', async () => {
    const bare = prometheusConfig([orders])
    assert.deepEqual(Object.keys(bare), ['global', 'scrape_configs'])
    const full = prometheusConfig([orders], { ruleFiles: ['*.rules.yml'], alertmanagers: ['127.0.0.1:9093'] })
    assert.deepEqual(Object.keys(full), ['global', 'rule_files', 'alerting', 'scrape_configs'])
  })
})

describe('YAML text', () => {
  it('keeps an expression on one line and repeats what is said twice', async () => {
    const labels = { service: 'orders' }
    const text = await yamlText(
      { a: { labels, expr: 'x '.repeat(200).trim() }, b: { labels } },
      { comment: ['one', 'two'] },
    )
    assert.match(text, /^# one\n# two\na:\n/)
    assert.equal(text.split('\n').length, 3 + 3 + 3 + 1)
    assert.doesNotMatch(text, /[&*]a1/)
  })
})
