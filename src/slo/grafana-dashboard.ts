/**
 * Grafana dashboard: the service on one page, as JSON to import.
 *
 *   budget left │ burn rate over the windows │ …              a row for each objective, over what the rules record
 *   requests    │ failing                    │ p99            by route
 *   in flight   │ CPU                        │ memory         of each instance
 */
import { burnWindows, promDuration, windowSeconds } from './burn-window.ts'
import { budgetRemaining, matcherOf, recordedName } from './internal/series.ts'
import { describeObjective, type Objective, objectivesOf } from './objective.ts'
import type { RuleOptions } from './recording-rules.ts'
import type { SloDeclaration } from './slo-declaration.ts'

export interface GrafanaDashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly GrafanaPanel[]
  readonly [further: string]: unknown
}

export interface GrafanaPanel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly description?: string
  readonly datasource: typeof datasource
  readonly targets: readonly GrafanaTarget[]
  readonly fieldConfig: { readonly defaults: Readonly<Record<string, unknown>>; readonly overrides: readonly unknown[] }
}

export interface GrafanaTarget {
  readonly refId: string
  readonly datasource: typeof datasource
  /** PromQL. */
  readonly expr: string
  readonly legendFormat: string
}

interface Plot {
  readonly title: string
  readonly type?: 'timeseries' | 'stat'
  readonly unit: string
  readonly description?: string
  /** PromQL by legend. */
  readonly queries: readonly (readonly [legend: string, expr: string])[]
  readonly thresholds?: readonly { readonly color: string; readonly value: number | null }[]
  /** Of the 24 columns; default 8. */
  readonly width?: number
}

/** Chosen by whoever looks: the dashboard knows no address. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own placeholder
const datasource: { readonly type: string; readonly uid: string } = { type: 'prometheus', uid: '${datasource}' }
const rowHeight = 8

export function grafanaDashboard(declaration: SloDeclaration, options: RuleOptions = {}): GrafanaDashboard {
  const { name } = declaration
  const { selector = `job="${name}"`, windows = burnWindows } = options
  const lengths = windowSeconds(windows)
  const rows = [
    ...objectivesOf(declaration, options).map((objective) => objectiveRow(objective, lengths)),
    routeRow(name),
    instanceRow(selector),
  ]
  return {
    uid: uidOf(name),
    title: name,
    description: `Objectives, routes and instances of ${name}, computed from its declaration.`,
    tags: ['genever', 'slo'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }] },
    panels: rows.flatMap(placeRow).map((panel, at) => ({ id: at + 1, ...panel })),
  }
}

function objectiveRow(objective: Objective, lengths: readonly number[]): Plot[] {
  const { name, budget } = objective
  const matcher = matcherOf(objective)
  const description = describeObjective(objective)
  return [
    {
      title: `${name}: budget left`,
      type: 'stat',
      unit: 'percentunit',
      description,
      queries: [['', `${budgetRemaining}${matcher}`]],
      thresholds: steps([null, 'red'], [0, 'orange'], [0.25, 'green']),
      width: 4,
    },
    {
      title: `${name}: burn rate`,
      unit: 'none',
      description: `${description}. At 1 the budget lasts 30 days; ${burnWindows[0]?.burnRate} pages.`,
      queries: lengths.map((seconds) => [
        promDuration(seconds),
        `${recordedName('error_ratio', seconds)}${matcher} / ${budget}`,
      ]),
      thresholds: steps([null, 'green'], [1, 'orange'], [burnWindows[0]?.burnRate ?? 14.4, 'red']),
      width: 12,
    },
    {
      title: `${name}: bad requests`,
      unit: 'reqps',
      description,
      queries: [['bad', `${recordedName('errors', lengths[0] ?? 300)}${matcher}`]],
    },
  ]
}

function routeRow(name: string): Plot[] {
  const legend = '{{method}} {{route}}'
  const of = (series: string): string => `${series}{service="${name}"}`
  return [
    { title: 'Requests', unit: 'reqps', queries: [[legend, of('route:http_requests:rate5m')]] },
    {
      title: 'Failing',
      unit: 'percentunit',
      queries: [[legend, `${of('route:http_errors:rate5m')} / (${of('route:http_requests:rate5m')} > 0)`]],
    },
    { title: 'p99', unit: 's', queries: [[legend, of('route:http_request_duration_seconds:p99_rate5m')]] },
  ]
}

function instanceRow(selector: string): Plot[] {
  const legend = '{{instance}}'
  return [
    { title: 'Requests in flight', unit: 'short', queries: [[legend, `http_requests_in_flight{${selector}}`]] },
    { title: 'CPU', unit: 'short', queries: [[legend, `rate(process_cpu_seconds_total{${selector}}[5m])`]] },
    { title: 'Memory', unit: 'bytes', queries: [[legend, `process_resident_memory_bytes{${selector}}`]] },
  ]
}

function placeRow(plots: readonly Plot[], row: number): Omit<GrafanaPanel, 'id'>[] {
  let x = 0
  return plots.map((plot) => {
    const { width: w = 8 } = plot
    const gridPos = { x, y: row * rowHeight, w, h: rowHeight }
    x += w
    return { ...panelOf(plot), gridPos }
  })
}

function panelOf(plot: Plot): Omit<GrafanaPanel, 'id' | 'gridPos'> {
  const { title, type = 'timeseries', unit, description, queries, thresholds = steps([null, 'green']) } = plot
  return {
    type,
    title,
    ...(description !== undefined && { description }),
    datasource,
    targets: queries.map(([legendFormat, expr], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource,
      expr,
      legendFormat,
    })),
    fieldConfig: { defaults: { unit, thresholds: { mode: 'absolute', steps: thresholds } }, overrides: [] },
  }
}

function steps(
  ...colours: readonly (readonly [value: number | null, color: string])[]
): NonNullable<Plot['thresholds']> {
  return colours.map(([value, color]) => ({ color, value }))
}

/** Grafana allows 40 characters; a name has up to 63, so that a long one is told apart by a hash (FNV-1a, 32 bits). */
function uidOf(name: string): string {
  if (name.length <= 32) return `genever-${name}`
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  return `genever-${name.slice(0, 23)}-${hash.toString(16).padStart(8, '0')}`
}
