/** Numbers as people read them: three significant digits, with the unit that fits. */

export interface Amount {
  readonly text: string
  readonly unit: string
}

export const nothing = '–'

export function durationText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return nothing
  if (ms === 0) return '0 ms'
  const size = Math.abs(ms)
  if (size < 1) return `${digits(ms * 1_000)} µs`
  if (size < 1_000) return `${digits(ms)} ms`
  if (size < 60_000) return `${digits(ms / 1_000)} s`
  if (size < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
  if (size < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`
  return `${digits(ms / 86_400_000)} d`
}

export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return nothing
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3)))
  return `${step === 0 ? Math.round(bytes) : digits(bytes / 1_000 ** step)} ${units[step]}`
}

/** Rare calls by the minute: `4.6/min` says more than `0.08/s`. */
export function rateText(perSecond: number | null | undefined): string {
  if (perSecond === null || perSecond === undefined) return nothing
  if (perSecond > 0 && perSecond < 0.5) return `${numberText(perSecond * 60)}/min`
  return `${numberText(perSecond)}/s`
}

/** A share from 0 to 1; what is not nothing is never shown as 0 %. */
export function percentText(share: number | null | undefined): string {
  if (share === null || share === undefined) return nothing
  const percent = share * 100
  if (percent < 0) return `−${percentText(-share)}`
  if (percent === 0) return '0 %'
  if (percent > 0 && percent < 0.01) return '< 0.01 %'
  if (percent < 100 && percent >= 99.95) return `${trimmed(percent, 3)} %`
  return `${trimmed(percent, Math.abs(percent) < 10 ? 2 : 1)} %`
}

export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined) return nothing
  const size = Math.abs(value)
  if (size >= 1e9) return `${digits(value / 1e9)} G`
  if (size >= 1e6) return `${digits(value / 1e6)} M`
  if (size >= 1e4) return `${digits(value / 1e3)} k`
  if (size > 0 && size < 0.001) return value.toExponential(1)
  return digits(value)
}

export function countText(count: number): string {
  return count.toLocaleString('en-GB')
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

function digits(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-GB')
  return trimmed(value, size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 4)
}

function trimmed(value: number, places: number): string {
  return String(Number(value.toFixed(places)))
}
