/** One load (closed or open loop, so many connections) as tables: targets down, scenarios across. */
import type { Results } from '../results.ts'
import { geometricMean, type LoadSummary, spread, summarize } from './summary.ts'
import { figure, ratio, table } from './table.ts'

/** What the ratios are to. */
export const gin = 'gin'
export const limit = 'limit'

/** What the mean is of: scenarios that every target has. */
const meanOf = ['a', 'b', 'c', 'd', 'e', 'f']

/** The limit does the same work in every round: where its rounds lie further apart than this, the machine was too busy. */
const calmSpread = 0.3

export interface Load {
  readonly connections: number
  /** Requests due in a second; 0 is the closed loop. */
  readonly rate: number
}

/** The loads that were measured, in the order of the first round of each. */
export function loadsOf({ load }: Results): Load[] {
  const seen = new Map(load.map(({ connections, rate }) => [`${connections} ${rate}`, { connections, rate }]))
  return [...seen.values()]
}

export function loadSection(results: Results, load: Load): string {
  const grid = new Grid(results, load)
  const parts = load.rate > 0 ? openLoop(grid, load) : closedLoop(grid, load)
  return parts.filter((part) => part !== '').join('\n\n')
}

function closedLoop(grid: Grid, { connections }: Load): string[] {
  return [
    `## Closed loop, ${figure(connections)} connections`,
    grid.scenarios.map(({ name, title }) => `(${name}) ${title}`).join(' · '),
    calmness(grid),
    grid.table(
      'CPU time per request in µs: best round [median]',
      (own) => `${figure(own.minUs)} [${figure(own.medianUs)}]`,
    ),
    grid.ratios('Gin ÷ target, CPU time per request: above 1 is cheaper than Gin', gin, (own, other) => other / own),
    grid.ratios('Target ÷ limit, CPU time per request', limit, (own, other) => own / other),
    grid.table('Answers per second from one core, median', (own) => figure(own.perSecond)),
    grid.table('Latency in ms: p50 / p99', (own) => `${figure(own.p50Ms)} / ${figure(own.p99Ms)}`),
  ]
}

function openLoop(grid: Grid, { connections, rate }: Load): string[] {
  return [
    `## Open loop, ${figure(rate)} requests per second over ${figure(connections)} connections`,
    'Latency counts from when a request was due, in ms: p50 / p99. Where answers came too late to be counted, their part stands behind.',
    grid.table('', (own) => {
      const late = own.lateRatio > 0.001 ? ` (${(own.lateRatio * 100).toFixed(1)} % late)` : ''
      return `${figure(own.p50Ms)} / ${figure(own.p99Ms)}${late}`
    }),
    grid.table(
      'CPU time per request in µs at this part load: best round [median]',
      (own) => `${figure(own.minUs)} [${figure(own.medianUs)}]`,
    ),
  ]
}

function calmness(grid: Grid): string {
  const apart = grid.spreadOfLimit()
  if (!Number.isFinite(apart)) return ''
  const verdict = apart < calmSpread ? 'The run counts' : 'The machine was too busy for this run to count'
  return `${verdict}: the rounds of the limit lie ${(apart * 100).toFixed(0)} % apart (${calmSpread * 100} % is the most).`
}

/** Targets × scenarios of one load; what was not measured is a dash. */
class Grid {
  readonly #results: Results
  readonly #load: Load
  readonly scenarios: Results['scenarios']

  constructor(results: Results, load: Load) {
    this.#results = results
    this.#load = load
    this.scenarios = results.scenarios.filter(({ name }) =>
      results.load.some(
        (round) => round.scenario === name && round.connections === load.connections && round.rate === load.rate,
      ),
    )
  }

  table(caption: string, cell: (own: LoadSummary) => string): string {
    const rows = this.#results.targets.map(({ name, title }) => [
      title,
      ...this.#cells(name).map((own) => (own === undefined ? '–' : cell(own))),
    ])
    return this.#print(caption, [], rows)
  }

  /** With the geometric mean of what every target has behind; '' when the other one was not measured. */
  ratios(caption: string, other: string, of: (own: number, other: number) => number): string {
    const others = this.#cells(other)
    if (others.every((found) => found === undefined)) return ''
    const rows = this.#results.targets.map(({ name, title }) => {
      const values = this.#cells(name).map((own, i) => of(own?.minUs ?? Number.NaN, others[i]?.minUs ?? Number.NaN))
      return [
        title,
        ...values.map(ratio),
        ratio(geometricMean(values.filter((_, i) => meanOf.includes(this.scenarios[i]?.name ?? '')))),
      ]
    })
    return this.#print(caption, [this.#meanTitle()], rows)
  }

  spreadOfLimit(): number {
    const scenario = this.scenarios[0]?.name ?? ''
    return spread(this.#results, { target: limit, scenario, ...this.#load })
  }

  #meanTitle(): string {
    const names = this.scenarios.map(({ name }) => name).filter((name) => meanOf.includes(name))
    return names.length === meanOf.length ? 'mean of a to f' : `mean of ${names.join(', ')}`
  }

  #cells(target: string): (LoadSummary | undefined)[] {
    return this.scenarios.map(({ name }) => summarize(this.#results, { target, scenario: name, ...this.#load }))
  }

  #print(caption: string, more: readonly string[], rows: string[][]): string {
    const measured = rows.filter(([, ...cells]) => cells.some((cell) => cell !== '–'))
    const text = table(['', ...this.scenarios.map(({ name }) => name), ...more], measured)
    return caption === '' ? text : `${caption}\n\n${text}`
  }
}
