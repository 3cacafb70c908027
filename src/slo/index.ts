/**
 * Slo: what a service promises, turned into everything that watches the promise. Pure functions of the declaration.
 *
 *   declaration ─▶ objectivesOf ─┬▶ recordingRules ─▶ burnRateAlerts ─▶ page, ticket      (Prometheus)
 *                                ├▶ grafanaDashboard, prometheusConfig
 *   registry ─▶ eventCounts ─────┼▶ errorBudget ─▶ BudgetTracker ─▶ /health                (this process)
 *   Prometheus ─▶ queryValue ────┴▶ gate ─▶ pass │ fail │ undecided                        (a release)
 */
export { BudgetTracker, type BudgetTrackerOptions } from './budget-tracker.ts'
export { type AlertOptions, burnRateAlerts } from './burn-rate-alerts.ts'
export { type BurnWindow, burnWindows, promDuration, type Severity } from './burn-window.ts'
export { type BudgetSample, burnRate, type ErrorBudget, errorBudget } from './error-budget.ts'
export { type EventCounts, eventCounts } from './event-counts.ts'
export {
  type GateOptions,
  type GateVerdict,
  gate,
  type ObjectiveVerdict,
  type SloReading,
  type Verdict,
} from './gate.ts'
export {
  type GateQueries,
  type GateQueryOptions,
  gateQueries,
  type QuerySeries,
  queryValue,
  queryVector,
  snapshotReadings,
} from './gate-readings.ts'
export { type GrafanaDashboard, type GrafanaPanel, type GrafanaTarget, grafanaDashboard } from './grafana-dashboard.ts'
export { type LatencyBucket, latencyBucket } from './latency-bucket.ts'
export { notesOf } from './notes.ts'
export {
  type AvailabilityIndicator,
  describeObjective,
  type Indicator,
  type LatencyIndicator,
  type Objective,
  type ObjectiveOptions,
  objectivesOf,
} from './objective.ts'
export {
  type ConsulDiscovery,
  type Discovery,
  type KubernetesDiscovery,
  type PrometheusConfigOptions,
  prometheusConfig,
  type StaticDiscovery,
} from './prometheus-config.ts'
export { type PeriodBudget, PrometheusSource, type PrometheusSourceOptions } from './prometheus-source.ts'
export { type RuleOptions, recordingRules } from './recording-rules.ts'
export type { AlertingRule, RecordingRule, RuleGroup } from './rule.ts'
export type { DeclaredObjectives, SloDeclaration } from './slo-declaration.ts'
export type { ObjectiveView, PrometheusView, SloView } from './slo-view.ts'
export { topologyAlerts, topologyCycles } from './topology-alerts.ts'
export { rulesYaml, type YamlOptions, yamlText } from './yaml-text.ts'
