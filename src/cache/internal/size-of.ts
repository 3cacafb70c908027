/**
 * About how many bytes a JSON value takes in memory: strings by their length, numbers 8, and what objects and lists cost around that. A
 * bound needs an estimate that grows with the value, not the truth of one engine.
 */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length * 2
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Uint8Array) return 32 + value.byteLength
  let bytes = 32
  if (Array.isArray(value)) for (const item of value) bytes += 8 + sizeOf(item)
  else for (const [name, part] of Object.entries(value)) bytes += 8 + name.length + sizeOf(part)
  return bytes
}
