/** Methods: case-sensitive tokens, of which a few are common (RFC 9110 section 9.1). */
import { latin1 } from './octets.ts'

/** No registered method is nearly as long. */
export const maxMethodBytes = 32

/** Common methods are told without making a new string each time. */
const commonByLength: readonly (readonly string[] | undefined)[] = [
  ...Array<undefined>(3),
  ['GET', 'PUT'],
  ['POST', 'HEAD'],
  ['PATCH'],
  ['DELETE'],
  ['OPTIONS'],
]

/** RTSP (RFC 7826 and RFC 2326) looks like HTTP; what is meant for it has lost its way. Node.js refuses the same ones. */
const foreign = new Set([
  'ANNOUNCE',
  'DESCRIBE',
  'FLUSH',
  'GET_PARAMETER',
  'PAUSE',
  'PLAY',
  'RECORD',
  'REDIRECT',
  'SETUP',
  'SET_PARAMETER',
  'TEARDOWN',
])

/** The method at [start, end), or undefined for one of another protocol. */
export function methodFrom(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (const method of commonByLength[end - start] ?? []) if (isText(bytes, start, method)) return method
  const method = latin1(bytes, start, end)
  return foreign.has(method) ? undefined : method
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false
  return true
}
