/** Request ids: unique enough to find a request in the logs of a fleet, cheap enough to give one to each. */
import { fillRandom } from '../../platform/random.ts'
import type { Call } from './call.ts'

/** 8 characters that name this process, then a counter: `k3v9x0q2-1f`. */
let processPart = ''
let count = 0

export function requestIdOf(call: Call): string {
  if (processPart === '') processPart = randomName()
  call.id ??= `${processPart}-${(++count).toString(36)}`
  return call.id
}

function randomName(): string {
  const bytes = new Uint8Array(8)
  fillRandom(bytes)
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join('')
}
