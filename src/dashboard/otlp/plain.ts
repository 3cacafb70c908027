/** Reading what was parsed and is not trusted: each member is what it should be, or nothing. */

export type Plain = Readonly<Record<string, unknown>>

const nothing: Plain = {}

export function objectIn(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Plain) : nothing
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** At most `max` characters of it. */
export function textIn(value: unknown, max: number): string {
  if (typeof value !== 'string') return ''
  return value.length > max ? value.slice(0, max) : value
}

/** JSON writes 64-bit numbers as text; what is no finite number is 0. */
export function numberIn(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : 0
}

/** Nanoseconds since the Unix epoch as milliseconds, to the microsecond. */
export function millisecondsIn(value: unknown): number {
  return Math.round(numberIn(value) / 1_000) / 1_000
}

const hexDigits = /^[0-9a-f]+$/

/** Lower-case hex of that many digits, not all zero; undefined otherwise. JSON may have upper case. */
export function idIn(value: unknown, digits: number): string | undefined {
  if (typeof value !== 'string' || value.length !== digits) return undefined
  const id = value.toLowerCase()
  return hexDigits.test(id) && /[^0]/.test(id) ? id : undefined
}
