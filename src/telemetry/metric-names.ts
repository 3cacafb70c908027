/** Names of metrics and labels: what Prometheus accepts and `promtool check metrics` has nothing to say against. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export type InstrumentKind = 'counter' | 'gauge' | 'histogram' | 'summary'

export interface MetricDeclaration {
  readonly kind: InstrumentKind
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

const snakeCase = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/
/** What histograms and summaries append to their own names. */
const derivedSuffix = /_(?:bucket|sum|count)$/
const ownLabel: Readonly<Partial<Record<InstrumentKind, string>>> = { histogram: 'le', summary: 'quantile' }

/** @throws ServiceError `INVALID_METRIC` with the first rule that is broken. */
export function checkMetric({ kind, name, help, labelNames }: MetricDeclaration): void {
  if (!snakeCase.test(name)) throw invalidMetric(name, 'needs a name in snake_case, such as http_requests_total')
  if ((kind === 'counter') !== name.endsWith('_total')) {
    throw invalidMetric(
      name,
      kind === 'counter' ? 'is a counter: end its name in _total' : 'is no counter: _total is for those',
    )
  }
  if (derivedSuffix.test(name)) {
    throw invalidMetric(name, 'ends in _bucket, _sum or _count, which belong to histograms and summaries; rename it')
  }
  if (help.trim() === '') throw invalidMetric(name, 'needs a help text that says what it measures')
  for (const label of labelNames) {
    if (!snakeCase.test(label)) throw invalidMetric(name, `has the label '${label}', which is not in snake_case`)
    if (label === ownLabel[kind])
      throw invalidMetric(name, `cannot have the label '${label}': a ${kind} uses it itself`)
  }
  if (new Set(labelNames).size < labelNames.length) throw invalidMetric(name, 'has two labels of the same name')
}

/** The names of all samples that an instrument exposes, and that of its family in OpenMetrics. */
export function sampleNames(kind: InstrumentKind, name: string): readonly string[] {
  if (kind === 'histogram') return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
  if (kind === 'counter') return [name, name.replace(/_total$/, '')]
  return kind === 'summary' ? [name, `${name}_sum`, `${name}_count`] : [name]
}

export function invalidMetric(name: string, problem: string): ServiceError {
  return new ServiceError('INVALID_METRIC', `The metric '${name}' ${problem}.`)
}
