/** Methods: case-sensitive tokens, of which a few are common (RFC 9110 section 9.1). */
import { latin1, SP } from './octets.ts'

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

const nothing: readonly string[] = []
/** The longest of them and the space behind it. */
const maxCommonBytes = 8
/** The same by their first byte. */
const commonByFirst: (readonly string[] | undefined)[] = []
for (const method of commonByLength.flatMap((methods) => methods ?? [])) {
  const first = method.charCodeAt(0)
  commonByFirst[first] = [...(commonByFirst[first] ?? []), method]
}

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

/** The common method that stands at `start` with a space behind it, if one does. */
export function methodBefore(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < maxCommonBytes) return undefined
  for (const method of commonByFirst[bytes[start] as number] ?? nothing) {
    if (bytes[start + method.length] === SP && isText(bytes, start, method)) return method
  }
  return undefined
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false
  return true
}
