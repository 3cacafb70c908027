/** A duration as people write it on a command line: `500ms`, `30s`, `5m`, `1h`, `2d`. */
import { InvalidArgumentError } from 'commander'

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** In milliseconds. @throws InvalidArgumentError, which becomes exit code 2. */
export function durationMs(text: string): number {
  const [, number, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? []
  const factor = unitsMs[unit]
  if (number === undefined || factor === undefined) {
    throw new InvalidArgumentError('Write a number and a unit, such as 500ms, 30s, 5m or 1h.')
  }
  return Number(number) * factor
}

/** In the largest unit that leaves at least 1, rounded: `4m`. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(unitsMs).findLast(([, length]) => ms >= length) ?? ['ms', 1]
  return `${Math.round(ms / size)}${unit}`
}
