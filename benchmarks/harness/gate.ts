/**
 * The gate: a change must not make a request grossly dearer, measured in the limit's requests.
 *
 *   rounds ─▶ best µs of target ÷ best µs of limit ─▶ above baseline × 1.3? ─no─▶ fine
 *                                                          └yes─▶ measured again; gross only when it is so in all three tries
 *
 * The ratio to the limit is the same on machines of very different speed, so one baseline serves them all, roughly.
 */
import { limit } from './report/load-section.ts'
import { summarize } from './report/summary.ts'
import type { Results } from './results.ts'

export const tries = 3
/** Dearer by this part is gross; what is less is a matter for a full run with `--base`. */
export const grossPart = 0.3

/** Target ÷ limit by target and scenario. */
export type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Regression {
  readonly target: string
  readonly scenario: string
  readonly expected: number
  readonly measured: number
}

export function ratiosOf(results: Pick<Results, 'load' | 'targets' | 'scenarios'>, connections: number): Ratios {
  const ratios: Record<string, Record<string, number>> = {}
  for (const { name: target } of results.targets) {
    for (const { name: scenario } of results.scenarios) {
      const own = summarize(results, { target, scenario, connections, rate: 0 })?.minUs
      const least = summarize(results, { target: limit, scenario, connections, rate: 0 })?.minUs
      if (target === limit || own === undefined || least === undefined) continue
      ratios[target] = { ...ratios[target], [scenario]: Number((own / least).toFixed(2)) }
    }
  }
  return ratios
}

/** What is grossly dearer than the baseline; what either side lacks is nobody's regression. */
export function regressionsIn(measured: Ratios, baseline: Ratios): Regression[] {
  return Object.entries(baseline).flatMap(([target, scenarios]) =>
    Object.entries(scenarios).flatMap(([scenario, expected]) => {
      const found = measured[target]?.[scenario]
      const isGross = found !== undefined && found > expected * (1 + grossPart)
      return isGross ? [{ target, scenario, expected, measured: found }] : []
    }),
  )
}
