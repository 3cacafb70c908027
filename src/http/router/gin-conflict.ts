/**
 * Gin's rules for two patterns of one method. They are stricter than ours: parameters at the same place must have one
 * name, and a catch-all stands alone behind its slash.
 */
import type { PathPattern, PatternPart } from '../../api/path-pattern.ts'

export function conflictsInGin(a: PathPattern, b: PathPattern): boolean {
  const rows = [unitsOf(a), unitsOf(b)] as const
  const [left, right] = rows
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const one = left[i] as Unit
    const other = right[i] as Unit
    if (one === other) continue
    if (isCatchAll(one) || isCatchAll(other)) return true
    return isParam(one) && isParam(other)
  }
  if (left.length === right.length) return true
  const next = left[length] ?? right[length]
  return next !== undefined && isCatchAll(next)
}

/** One character of static text, or a wildcard with its name. */
type Unit = string

function unitsOf(pattern: PathPattern): Unit[] {
  return pattern.parts.flatMap((part: PatternPart) => {
    if (part.kind === 'static') return [...part.text]
    return [part.kind === 'param' ? `:${part.name}` : `*${part.name}`]
  })
}

function isParam(unit: Unit): boolean {
  return unit.length > 1 && unit.startsWith(':')
}

function isCatchAll(unit: Unit): boolean {
  return unit.length > 1 && unit.startsWith('*')
}
