/** Reads a line of output as a log line in JSON, as our services write them. */

export interface ParsedLine {
  readonly level: string
  readonly message: string
  /** Other members; those that the page shows anyway are left out. */
  readonly rest: readonly (readonly [name: string, value: string])[]
}

const shownAnyway = new Set(['time', 'level', 'message', 'service', 'version'])

/** Undefined for what is none. */
export function parsedLine(text: string): ParsedLine | undefined {
  if (!text.startsWith('{')) return undefined
  const value = jsonOf(text)
  if (typeof value !== 'object' || value === null || !('message' in value) || !('level' in value)) return undefined
  const rest = Object.entries(value).filter(([name]) => !shownAnyway.has(name))
  return {
    level: String(value.level),
    message: String(value.message),
    rest: rest.map(([name, member]) => [name, typeof member === 'string' ? member : JSON.stringify(member)]),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
