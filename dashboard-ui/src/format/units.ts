/** How values of a metric are written, by its unit in UCUM and what was made of it. */
import { bytesText, durationText, numberText, percentText } from './numbers.ts'

export function formatOf(unit: string, aggregate: string): (value: number) => string {
  if (aggregate === 'rate') {
    if (unit === 'By') return (value) => `${bytesText(value)}/s`
    return (value) => `${numberText(value)}/s`
  }
  if (unit === 's') return (value) => durationText(value * 1_000)
  if (unit === 'ms') return durationText
  if (unit === 'us') return (value) => durationText(value / 1_000)
  if (unit === 'ns') return (value) => durationText(value / 1e6)
  if (unit === 'By') return bytesText
  if (unit === '1') return percentText
  return numberText
}
