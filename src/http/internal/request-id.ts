/**
 * Request ids: unique enough to find a request in the logs of a fleet, cheap enough to give one to each.
 *
 *   k3V9x0q 1f 07      7 characters that name this process, how many thousands were before, the place among these
 *
 * The last part is looked up, not computed, since it changes with every request. Up to 12 characters V8 joins text into one
 * piece; longer text stays in two, and flattening it costs more than all the rest: that is a billion requests away.
 */
import { fillRandom } from '../../platform/random.ts'
import type { Call } from './call.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const lastDigits: readonly string[] = digits.split('')
/** Made for the first request. */
let processPart = ''
let series = 0
let beginning = ''
let place = lastDigits.length

export function requestIdOf(call: Call): string {
  call.id ??= newRequestId()
  return call.id
}

function newRequestId(): string {
  if (place === lastDigits.length) beginSeries()
  return beginning + lastDigits[place++]
}

function beginSeries(): void {
  if (processPart === '') processPart = randomName()
  beginning = processPart + inDigits(Math.floor(series / digits.length)) + digits[series % digits.length]
  series++
  place = 0
}

function randomName(): string {
  const bytes = new Uint8Array(7)
  fillRandom(bytes)
  return Array.from(bytes, (byte) => digits[byte % digits.length]).join('')
}

function inDigits(number: number): string {
  const last = digits[number % digits.length] as string
  return number < digits.length ? last : inDigits(Math.floor(number / digits.length)) + last
}
