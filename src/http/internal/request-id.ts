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
/** Made for the first request. */
let processPart = ''
let places: readonly string[] = []
let series = 0
let beginning = ''
let place = 0

export function requestIdOf(call: Call): string {
  call.id ??= newRequestId()
  return call.id
}

function newRequestId(): string {
  if (place === places.length) beginSeries()
  return beginning + places[place++]
}

function beginSeries(): void {
  if (processPart === '') {
    processPart = randomName()
    places = pairsOf(digits)
  }
  beginning = processPart + inDigits(series++)
  place = 0
}

/** In plain loops: it happens at the first request. */
function pairsOf(characters: string): string[] {
  const pairs: string[] = []
  for (const first of characters) for (const second of characters) pairs.push(first + second)
  return pairs
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
