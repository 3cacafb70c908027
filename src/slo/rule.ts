/** Rule: what Prometheus evaluates again and again; the shape of its rule files. */

export interface RuleGroup {
  /** Unique within a file. */
  readonly name: string
  /** How often, as PromQL writes durations; default the server's `evaluation_interval`. */
  readonly interval?: string
  /** Evaluated in this order, so that a rule may read what those before it have recorded. */
  readonly rules: readonly (RecordingRule | AlertingRule)[]
}

export interface RecordingRule {
  readonly record: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
}

export interface AlertingRule {
  readonly alert: string
  readonly expr: string
  /** How long it must hold before it fires, as PromQL writes durations; default at once. */
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
