/** Measures up to three times what seems grossly dearer, so that a busy machine is not taken for a slow change. */

import { runBench } from './bench-run.ts'
import { grossPart, type Ratios, type Regression, ratiosOf, regressionsIn, tries } from './gate.ts'
import type { Run } from './run.ts'
import type { Settings } from './settings.ts'
import type { Target } from './target.ts'
import { limitTarget } from './targets.ts'

/** After the first try: measures the suspects again. Resolves with those that were gross in every try. */
export async function confirmRegressions(
  run: Run,
  { targets, settings, baseline }: { targets: readonly Target[]; settings: Settings; baseline: Ratios },
): Promise<Regression[]> {
  const { manyConnections: _, ...usual } = settings
  let suspects = regressionsIn(ratiosOf(run.results, settings.connections), baseline)
  for (let attempt = 2; attempt <= tries && suspects.length > 0; attempt++) {
    run.say(`gate, try ${attempt}/${tries}: ${suspects.map(describeRegression).join('; ')}`)
    const again = { ...run, results: { ...run.results, load: [], failures: [] } }
    const scenarios = settings.scenarios.filter((name) => suspects.some(({ scenario }) => scenario === name))
    const few = targets.filter(
      ({ name }) => name === limitTarget.name || suspects.some(({ target }) => target === name),
    )
    await runBench(again, few, { ...usual, targets: few.map(({ name }) => name), scenarios, measures: ['closed'] })
    const found = regressionsIn(ratiosOf(again.results, settings.connections), baseline)
    suspects = found.filter((one) => suspects.some((other) => isSame(one, other)))
  }
  return suspects
}

export function describeRegression({ target, scenario, expected, measured }: Regression): string {
  return `${target} (${scenario}): ${measured.toFixed(2)} × the limit, baseline ${expected.toFixed(2)}, at most ${(expected * (1 + grossPart)).toFixed(2)}`
}

function isSame(one: Regression, other: Regression): boolean {
  return one.target === other.target && one.scenario === other.scenario
}
