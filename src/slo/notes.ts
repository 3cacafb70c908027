/** Notes: what could not be computed exactly as it was declared, and what was done instead; for the head of the files. */
import { type BurnWindow, burnWindows, isReachable, promDuration } from './burn-window.ts'
import { type Objective, tidy } from './objective.ts'

export function notesOf(objectives: readonly Objective[], windows: readonly BurnWindow[] = burnWindows): string[] {
  return objectives.flatMap((objective) => [...bucketNotes(objective), ...windowNotes(objective, windows)])
}

function bucketNotes({ name, indicator }: Objective): string[] {
  if (indicator.kind === 'availability' || indicator.fit === 'exact') return []
  const bound = `${tidy(indicator.boundSeconds * 1_000)} ms`
  const told = `${name}: no bucket ends at ${indicator.limitMs} ms; requests are counted against ${bound} instead`
  if (indicator.fit === 'stricter') return [`${told}, which is stricter. Declare ${bound} to say so.`]
  return [`${told}, the smallest there is, which is looser: slower requests than declared count as good.`]
}

function windowNotes(objective: Objective, windows: readonly BurnWindow[]): string[] {
  const left = windows.filter((window) => !isReachable(window, objective))
  if (left.length === 0) return []
  const rates = left.map(({ burnRate, longSeconds }) => `${burnRate}x over ${promDuration(longSeconds)}`)
  const fastest = tidy(1 / objective.budget)
  return [
    `${objective.name}: the budget cannot burn faster than ${fastest}x, so there is no alert for ${rates.join(' and ')}.`,
  ]
}
