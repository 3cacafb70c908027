/** Request ids: unique enough to find a request in the logs of a fleet, cheap enough to give one to each. */
import type { Call } from './call.ts'

/** 8 characters that name this process, then a counter: `k3v9x0q2-1f`. */
const processPart = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => (byte % 36).toString(36)).join('')
let count = 0

export function requestIdOf(call: Call): string {
  call.id ??= `${processPart}-${(++count).toString(36)}`
  return call.id
}
